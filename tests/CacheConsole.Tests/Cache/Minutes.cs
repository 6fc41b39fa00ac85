using HotShelf.CacheConsole.Data;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Tests.Cache;

/// <summary>History made by hand.</summary>
internal static class Minutes
{
    public static readonly DateTimeOffset Start = new(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);

    /// <summary>A feed that is well.</summary>
    public static readonly FeedStatus Feed = new("productdb", "slot", "consuming", null, true, 0, null, null, 1, 0, [], []);

    public static FleetMinute Of(int minute, params FamilyMinute[] families) => new(Start.AddMinutes(minute), families, new Dictionary<CacheTier, DurationHistogram>(), new Dictionary<InvalidationSource, long>());

    public static FamilyMinute Family(string name, long l1 = 0, long l2 = 0, long misses = 0, long stale = 0) =>
        new() { Family = name, LocalHits = l1, RemoteHits = l2, Misses = misses, LocalStale = stale };

    public static CacheNode Node(string id = "n1", string remote = "closed", string coherence = "tracking", string version = "v1", TimeSpan? lag = null, int pending = 0) => new()
    {
        Id = id,
        Application = "ProductApi",
        Machine = "host",
        ProcessId = 1,
        AssemblyVersion = "0.1.0",
        CacheVersion = version,
        StartedAt = Start,
        SeenAt = Start,
        RemoteState = remote,
        Coherence = coherence,
        CoherenceLag = lag,
        PendingInvalidations = pending,
    };
}
