namespace HotShelf.Caching.Fleet;

/// <summary>Whether one node holds a copy of a key.</summary>
/// <param name="Node">The node.</param>
/// <param name="Copy">The state of its copy.</param>
/// <param name="LocalUntil">The end of the copy's L1 lifetime; null without a copy or without an end.</param>
/// <param name="Reads">The reads of its copy, including previous copies of the key.</param>
public sealed record CacheKeyHolder(CacheNode Node, CopyState Copy, DateTimeOffset? LocalUntil, long Reads);

/// <summary>A copy in L1.</summary>
public enum CopyState
{
    /// <summary>The node did not answer in time.</summary>
    Unknown,

    /// <summary>The node has no copy.</summary>
    None,

    /// <summary>The node serves its copy.</summary>
    Fresh,

    /// <summary>The copy is expired, or hidden by a removed tag: the next read uses Redis, or serves it stale while it is refreshed.</summary>
    Outdated,
}
