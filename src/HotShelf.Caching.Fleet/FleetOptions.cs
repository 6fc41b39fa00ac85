namespace HotShelf.Caching.Fleet;

/// <summary>What a node publishes (<see cref="ICacheFleet"/>), and how it counts hot keys (<see cref="CachePopularity"/>); configuration section <c>Fleet</c>.</summary>
public sealed class FleetOptions
{
    /// <summary>The configuration section, which overrides options set in code.</summary>
    public const string SectionName = "Fleet";

    /// <summary>How often a node publishes its status and counts, 100 ms to 1 minute. After three intervals without a report it counts as dead. Default 5 seconds.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the counts of a minute are kept in Redis, 1 hour to 7 days: about 230 KB an hour when eight families are busy. Default 25 hours.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(25);

    /// <summary>Events of each sort (changes, traffic) that Redis keeps, 100 to 100,000; the oldest leave. Default 2,000.</summary>
    public int Events { get; set; } = 2000;

    /// <summary>
    /// Maximum fills, invalidations and dropped copies, of each kind, that a node publishes per second, 0 to 1,000; of the others only the number
    /// is published. Default 10.
    /// </summary>
    public int EventsPerSecond { get; set; } = 10;

    /// <summary>How often a node adds its reads to the ranking of hot keys, 100 ms to 1 hour. Default 10 seconds.</summary>
    public TimeSpan PopularityInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Maximum keys that a node adds at a time, the most read first; the others are added later. 1 to 100,000; default 1,000.</summary>
    public int PopularityKeys { get; set; } = 1000;

    /// <summary>Maximum keys in the ranking; the least read are removed. 1 to 1,000,000; default 20,000.</summary>
    public int PopularityLimit { get; set; } = 20_000;

    /// <summary>
    /// Where consoles reach this process, such as <c>http://10.0.0.7:8080</c>. Default: the first http address of <c>ASPNETCORE_URLS</c> or <c>ASPNETCORE_HTTP_PORTS</c>, with
    /// the machine's own address on the way to Redis where it listens on all; none in a process without them.
    /// </summary>
    public Uri? Address { get; set; }
}
