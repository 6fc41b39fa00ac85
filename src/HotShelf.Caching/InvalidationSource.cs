namespace HotShelf.Caching;

/// <summary>The source of an invalidation.</summary>
public enum InvalidationSource
{
    /// <summary>A process, by key.</summary>
    Local,

    /// <summary>A process, by tag, family or everything.</summary>
    Tag,

    /// <summary>Another process, or the server itself (expiry, eviction): copies dropped from L1.</summary>
    Fleet,

    /// <summary>The process that forwards the database's changes (<see cref="HotShelfCachingOptions.IsFeed"/>).</summary>
    Feed,
}
