using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Feed;

internal sealed class FeedOptionsValidator : IValidateOptions<FeedOptions>
{
    public ValidateOptionsResult Validate(string? name, FeedOptions options)
    {
        var check = new OptionsCheck(FeedOptions.SectionName);
        check.Range(nameof(options.BatchSize), options.BatchSize, 1, 10_000);
        check.Range(nameof(options.PollInterval), options.PollInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5));
        check.Range(nameof(options.RetryDelay), options.RetryDelay, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        check.Range(nameof(options.BatchTimeout), options.BatchTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        check.Range(nameof(options.MaximumAttempts), options.MaximumAttempts, 1, 100);
        check.Range(nameof(options.StuckAfter), options.StuckAfter, options.BatchTimeout, TimeSpan.FromDays(1));
        return check.Result;
    }
}
