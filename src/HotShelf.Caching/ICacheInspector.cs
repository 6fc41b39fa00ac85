namespace HotShelf.Caching;

/// <summary>Diagnostics of one cache. Registered with the cache, under the same key.</summary>
public interface ICacheInspector
{
    /// <summary>Counts since the start and the hit ratio of the last minute, in total and by family.</summary>
    CacheStatistics GetStatistics();

    /// <summary>Decodes the entry of a key, without its value; null when neither L1 nor L2 contains it.</summary>
    ValueTask<CacheEntryDescription?> DescribeAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>The copy of a key in L1; null without one. Does not count as a read.</summary>
    LocalCopy? FindLocal(string key);

    /// <summary>All copies in L1, in no order, while others are inserted and removed.</summary>
    IEnumerable<LocalCopy> EnumerateLocal();

    /// <summary>The names of the value types that this process has used, by the fingerprint that its entries in Redis carry (16 hexadecimal digits).</summary>
    IReadOnlyDictionary<string, string> GetValueTypes();
}

/// <summary>Counts of one process.</summary>
/// <param name="Total">All families together.</param>
/// <param name="Families">By family.</param>
/// <param name="LocalEntries">Entries in L1.</param>
/// <param name="LocalBytes">Their estimated size in bytes.</param>
/// <param name="RemoteState">The circuit to Redis: <c>closed</c>, <c>open</c>, <c>half-open</c>, or <c>none</c> without Redis.</param>
/// <param name="Coherence">Whether changes are reported to L1: <c>tracking</c>, <c>lost</c> or <c>none</c>.</param>
/// <param name="PendingInvalidations">Invalidations to be replayed when Redis answers.</param>
public sealed record CacheStatistics(
    CacheFamilyStatistics Total, IReadOnlyList<CacheFamilyStatistics> Families, long LocalEntries, long LocalBytes, string RemoteState, string Coherence, int PendingInvalidations)
{
    /// <summary>The time by Redis' clock, as this process has measured it; without Redis by its own.</summary>
    public DateTimeOffset ServerTime { get; init; }

    /// <summary>The latest round trip of client tracking without a change; null before the first and without Redis.</summary>
    public TimeSpan? StreamRoundTrip { get; init; }
}

/// <summary>Counts of one family in one process since its start.</summary>
/// <param name="Family">The family's name; <c>*</c> for the total.</param>
/// <param name="LocalHits">Reads answered fresh from L1.</param>
/// <param name="RemoteHits">Reads answered fresh from L2.</param>
/// <param name="Stale">Reads answered with a stale value.</param>
/// <param name="Misses">Reads that needed the loader, joined ones included.</param>
/// <param name="Joined">Reads that waited for another caller's read of L2 or fill.</param>
/// <param name="Fills">Runs of the loader.</param>
/// <param name="Errors">Reads that failed: the loader did, for them or for one that they joined, and no stale value stood in.</param>
/// <param name="HitRatio">Share of hits and stale answers among the reads of the last minute; null without reads.</param>
public sealed record CacheFamilyStatistics(
    string Family, long LocalHits, long RemoteHits, long Stale, long Misses, long Joined, long Fills, long Errors, double? HitRatio);

/// <summary>A decoded entry.</summary>
/// <param name="Key">The key.</param>
/// <param name="Family">Its family.</param>
/// <param name="InLocal">True when this process holds a copy.</param>
/// <param name="InRemote">True when Redis holds it.</param>
/// <param name="Created">When it was filled.</param>
/// <param name="FreshUntil">When it becomes stale; null for never.</param>
/// <param name="StaleUntil">When it can no longer be served; null for never.</param>
/// <param name="RawBytes">Size of the serialized value.</param>
/// <param name="StoredBytes">Size of the frame in Redis, compressed or not.</param>
/// <param name="Compressed">True when the payload is compressed.</param>
/// <param name="IsNull">True for a negative entry.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Hidden">True when a removed tag, its family or everything hides it.</param>
/// <param name="Rejected">Why the frame cannot be read; null when it can.</param>
public sealed record CacheEntryDescription(
    string Key, string Family, bool InLocal, bool InRemote, DateTimeOffset? Created, DateTimeOffset? FreshUntil, DateTimeOffset? StaleUntil,
    int RawBytes, int StoredBytes, bool Compressed, bool IsNull, IReadOnlyList<string> Tags, bool Hidden, string? Rejected);
