namespace HotShelf.Caching.Fleet;

/// <summary>The status that a node publishes for consoles (<see cref="ICacheFleet"/>); configuration section <c>Caching:Fleet</c>.</summary>
public sealed class FleetOptions
{
    /// <summary>False to publish nothing. Default true.</summary>
    public bool Enabled { get; set; } = true;

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
}
