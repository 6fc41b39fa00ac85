namespace HotShelf.Caching.Fleet;

/// <summary>What a node tells the fleet of itself, for consoles (<see cref="ICacheFleet"/>); configuration section <c>Caching:Fleet</c>.</summary>
public sealed class FleetOptions
{
    /// <summary>False for a node that tells nothing. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How often a node says that it lives and delivers what it counted, 100 ms to 1 minute. After three of them without a word it is taken for dead. Default 5 seconds.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the counts of a minute are kept in Redis, 1 hour to 7 days: about 230 KB an hour when eight families are busy. Default 25 hours.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(25);

    /// <summary>Events of each sort (changes, traffic) that Redis keeps, 100 to 100,000; the oldest leave. Default 2,000.</summary>
    public int Events { get; set; } = 2000;

    /// <summary>
    /// Fills, invalidations and dropped copies, of each so many, that a node tells in a second, 0 to 1,000; of the others it tells only how many they
    /// were. Default 10.
    /// </summary>
    public int EventsPerSecond { get; set; } = 10;
}
