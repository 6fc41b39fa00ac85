namespace HotShelf.CacheWorker.Warming;

/// <summary>How the cache is warmed; configuration section <c>Worker:Warming</c>, checked at start.</summary>
public sealed class WarmingOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Worker:Warming";

    /// <summary>Most popular keys to warm at start, 0 to 1,000,000. Default 5,000; zero turns the first warming off.</summary>
    public int Products { get; set; } = 5000;

    /// <summary>Where fewer keys than this were ever counted, the newest products fill up to it at start, 0 to 1,000,000. Default 1,000.</summary>
    public int Newest { get; set; } = 1000;

    /// <summary>Keys loaded at once, 1 to 1,000: one round trip to Redis and at most one SQL query each. Default 100.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>Keys per second, 1 to 1,000,000, so that warming leaves the database to those who wait for it. Default 5,000.</summary>
    public int KeysPerSecond { get; set; } = 5000;

    /// <summary>After this time the process counts as ready even when the first warming still runs, 0 to 1 hour. Default 30 seconds.</summary>
    public TimeSpan ReadyAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many of the most popular keys count as hot: they are refreshed right after a change made them stale, 0 to 100,000. Default 500.</summary>
    public int HotKeys { get; set; } = 500;

    /// <summary>How often the popularity ranking is read and made to decay, 1 second to 1 hour. Default 10 seconds.</summary>
    public TimeSpan RankingInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time in which a popularity that is not renewed is halved, 1 minute to 30 days. Default 1 hour.</summary>
    public TimeSpan PopularityHalfLife { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often the hot keys are read, so that the cache refreshes them before they expire, up to 1 hour. Default 5 seconds; zero turns it off.</summary>
    public TimeSpan RefreshAhead { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the ranking's top is saved in the database, 1 second to 1 day. Default 5 minutes; a worker that ends saves too.</summary>
    public TimeSpan SaveInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the database is polled for requested warmings, 100 ms to 1 hour. Default 1 second.</summary>
    public TimeSpan RequestPoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A warming on request whose worker has not written for this long is taken over by another, 5 seconds to 1 hour. Default 15 seconds.</summary>
    public TimeSpan AbandonedAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Warming stops when Redis uses more than this share of its <c>maxmemory</c>, 0.1 to 1, because from there on it would push out hotter entries. Default 0.9.</summary>
    public double MemoryShare { get; set; } = 0.9;
}
