using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

internal sealed class WarmingOptionsValidator : IValidateOptions<WarmingOptions>
{
    public ValidateOptionsResult Validate(string? name, WarmingOptions options)
    {
        var check = new OptionsCheck(WarmingOptions.SectionName);
        check.Range(nameof(options.Products), options.Products, 0, 1_000_000);
        check.Range(nameof(options.Newest), options.Newest, 0, 1_000_000);
        check.Range(nameof(options.BatchSize), options.BatchSize, 1, 1_000);
        check.Range(nameof(options.KeysPerSecond), options.KeysPerSecond, 1, 1_000_000);
        check.Range(nameof(options.ReadyAfter), options.ReadyAfter, TimeSpan.Zero, TimeSpan.FromHours(1));
        check.Range(nameof(options.HotKeys), options.HotKeys, 0, 100_000);
        check.Range(nameof(options.RankingInterval), options.RankingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        check.Range(nameof(options.PopularityHalfLife), options.PopularityHalfLife, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));
        check.Range(nameof(options.RefreshAhead), options.RefreshAhead, TimeSpan.Zero, TimeSpan.FromHours(1));
        check.Range(nameof(options.SaveInterval), options.SaveInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        check.Range(nameof(options.RequestPoll), options.RequestPoll, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        check.Range(nameof(options.AbandonedAfter), options.AbandonedAfter, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1));
        check.Range(nameof(options.MemoryShare), options.MemoryShare, 0.1, 1);
        return check.Result;
    }
}
