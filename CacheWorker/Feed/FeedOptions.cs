namespace HotShelf.CacheWorker.Feed;

/// <summary>How the change feed is followed; configuration section <c>Worker:Feed</c>, checked at start.</summary>
public sealed class FeedOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Worker:Feed";

    /// <summary>Rows taken from the feed at once, 1 to 10,000. Default 500. They are what a killed worker delays.</summary>
    public int BatchSize { get; set; } = 500;

    /// <summary>How often the feed is looked at without having been woken, 10 ms to 5 minutes. Default 1 second.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait before the next attempt while the cache or the database cannot be reached, 10 ms to 1 minute. Default 250 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long one batch may take before it is given up and its rows are free for others, 1 second to 10 minutes. Default 20 seconds.</summary>
    public TimeSpan BatchTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often the cache may refuse a row, while it accepts others, before the row is set aside in <c>cache_outbox_failed</c>, 1 to 100. Default 3.</summary>
    public int MaximumAttempts { get; set; } = 3;

    /// <summary>A loop that has not moved for this long counts as stuck, and <c>/alive</c> says so; must exceed <see cref="BatchTimeout"/>. Default 1 minute.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromMinutes(1);
}
