namespace HotShelf.Caching.Fleet;

/// <summary>Who set off an invalidation.</summary>
public enum InvalidationSource
{
    /// <summary>A process, by key.</summary>
    Local,

    /// <summary>A process, by tag, family or everything.</summary>
    Tag,

    /// <summary>Another process, or the server itself (expiry, eviction): copies that the stream took out of a process' L1.</summary>
    Fleet,

    /// <summary>The process that passes the database's changes on (<see cref="HotShelfCachingOptions.IsFeed"/>).</summary>
    Feed,
}
