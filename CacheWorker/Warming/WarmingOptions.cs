using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>How the cache is warmed; configuration section <c>Worker:Warming</c>, checked at start.</summary>
public sealed class WarmingOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Worker:Warming";

    /// <summary>How many of the most read keys are warmed, 0 to 1,000,000. Default 5,000; zero turns warming off.</summary>
    public int Products { get; set; } = 5000;

    /// <summary>Where fewer keys than this were ever counted, the newest products fill up to it, 0 to 1,000,000. Default 1,000.</summary>
    public int Newest { get; set; } = 1000;

    /// <summary>Keys per second, 1 to 1,000,000, so that warming leaves the database to those who wait for it. Default 5,000.</summary>
    public int KeysPerSecond { get; set; } = 5000;

    /// <summary>After this time the process counts as ready even when the first warming still runs, 0 to 1 hour. Default 30 seconds.</summary>
    public TimeSpan ReadyAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the ranking is read and made to decay, 1 second to 1 hour. Default 10 seconds.</summary>
    public TimeSpan RankingInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time in which a popularity that is not renewed is halved, 1 minute to 30 days. Default 1 hour.</summary>
    public TimeSpan PopularityHalfLife { get; set; } = TimeSpan.FromHours(1);
}

internal sealed class WarmingOptionsValidator : IValidateOptions<WarmingOptions>
{
    public ValidateOptionsResult Validate(string? name, WarmingOptions options)
    {
        var check = new OptionsCheck(WarmingOptions.SectionName);
        check.Range(nameof(options.Products), options.Products, 0, 1_000_000);
        check.Range(nameof(options.Newest), options.Newest, 0, 1_000_000);
        check.Range(nameof(options.KeysPerSecond), options.KeysPerSecond, 1, 1_000_000);
        check.Range(nameof(options.ReadyAfter), options.ReadyAfter, TimeSpan.Zero, TimeSpan.FromHours(1));
        check.Range(nameof(options.RankingInterval), options.RankingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        check.Range(nameof(options.PopularityHalfLife), options.PopularityHalfLife, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));
        return check.Result;
    }
}
