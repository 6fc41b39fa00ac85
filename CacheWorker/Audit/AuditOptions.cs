using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Audit;

/// <summary>How the cache is compared with the database; configuration section <c>Worker:Audit</c>, checked at start.</summary>
public sealed class AuditOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Worker:Audit";

    /// <summary>How often, 1 second to 1 day. Default 10 seconds; zero turns it off.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Keys of one round, 2 to 10,000, half of them the most popular ones, half from a random place of the catalog. Default 200: at most as many reads of Redis, and six queries.</summary>
    public int Keys { get; set; } = 200;

    /// <summary>How long a change may take to reach the cache, 100 ms to 10 minutes. An older entry that is still there after this time is a violation. Default 2 seconds.</summary>
    public TimeSpan Promise { get; set; } = TimeSpan.FromSeconds(2);
}

internal sealed class AuditOptionsValidator : IValidateOptions<AuditOptions>
{
    public ValidateOptionsResult Validate(string? name, AuditOptions options)
    {
        var check = new OptionsCheck(AuditOptions.SectionName);
        if (options.Interval != TimeSpan.Zero)
            check.Range(nameof(options.Interval), options.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        check.Range(nameof(options.Keys), options.Keys, 2, 10_000);
        check.Range(nameof(options.Promise), options.Promise, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        return check.Result;
    }
}
