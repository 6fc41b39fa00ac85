namespace HotShelf.Caching.Fleet;

/// <summary>Whether one node holds a copy of a key.</summary>
/// <param name="Node">The node.</param>
/// <param name="Copy">What it holds.</param>
/// <param name="LocalUntil">Until when it may answer from its copy; null without one, and for one without an end.</param>
/// <param name="Reads">How often its copy was read, counted over the copies of this key that followed one another.</param>
public sealed record CacheKeyHolder(CacheNode Node, CopyState Copy, DateTimeOffset? LocalUntil, long Reads);

/// <summary>A copy in L1.</summary>
public enum CopyState
{
    /// <summary>The node did not answer in time.</summary>
    Unknown,

    /// <summary>It holds none.</summary>
    None,

    /// <summary>It answers from its copy.</summary>
    Fresh,

    /// <summary>Its copy is past its time, or a removed tag hides it: the next read asks Redis, or serves it stale while it is refreshed.</summary>
    Outdated,
}
