namespace HotShelf.Caching;

/// <summary>
/// Receives what a cache does beside answering from memory: fills, invalidations, dropped copies, the state of its connections. Register implementations as services
/// (<c>AddSingleton&lt;ICacheObserver, …&gt;</c>), for a keyed cache under its key, before the cache is used first. Hits are not reported: the meter counts them.
/// </summary>
/// <remarks>
/// Methods are called on the threads of callers and of the connection, several at a time: they must return quickly and not block. An exception is logged and
/// affects neither the cache nor other observers. An implementation must not depend on the cache that it observes. Keys and tags may be personal data.
/// </remarks>
public interface ICacheObserver
{
    /// <summary>A loader ran. One of a batch is reported twice when it was stored in part: what was, and what was not.</summary>
    void OnFill(CacheFill fill)
    {
    }

    /// <summary>This process removed keys, tags, a family or everything.</summary>
    void OnInvalidation(CacheInvalidation invalidation)
    {
    }

    /// <summary>This process bumped the version (<see cref="HybridCacheExtensions.BumpVersionAsync"/>), which hides everything.</summary>
    void OnVersionBump()
    {
    }

    /// <summary>Another process changed a key, or it expired in Redis: its copy was dropped from L1.</summary>
    /// <param name="family">The key's family.</param>
    /// <param name="key">The key, valid during the call.</param>
    void OnCopyDropped(string family, ReadOnlySpan<char> key)
    {
    }

    /// <summary>A copy has left L1: evicted, removed, dropped or expired; not when a newer copy of the key replaced it.</summary>
    void OnCopyLeft(LocalCopy copy)
    {
    }

    /// <summary>The circuit to Redis opened or closed.</summary>
    void OnCircuitChange(bool isOpen)
    {
    }

    /// <summary>Client tracking was connected or lost. Reported at the first connection too, and a loss more than once while it cannot be connected.</summary>
    void OnTrackingChange(bool isConnected)
    {
    }
}

/// <summary>A run of a loader.</summary>
/// <param name="Family">The family.</param>
/// <param name="Keys">The keys of this outcome: more than one for a batch.</param>
/// <param name="Duration">How long it took, waiting for its place included.</param>
/// <param name="Outcome">What became of it.</param>
public readonly record struct CacheFill(string Family, IReadOnlyList<string> Keys, TimeSpan Duration, FillOutcome Outcome)
{
    /// <summary>The type of the loader's exception, such as <c>NpgsqlException</c>; null when the loader succeeded. Never its message, which may be confidential.</summary>
    public string? Error { get; init; }
}

/// <summary>The outcome of a fill.</summary>
public enum FillOutcome
{
    /// <summary>Its result is in the cache.</summary>
    Stored,

    /// <summary>Its result went to those who waited only: it was not to be kept, or something was invalidated meanwhile.</summary>
    NotStored,

    /// <summary>The loader failed.</summary>
    Failed,
}

/// <summary>A removal by this process.</summary>
/// <param name="Source">Who set it off; not <see cref="InvalidationSource.Fleet"/>.</param>
/// <param name="Scope">What <paramref name="Names"/> are.</param>
/// <param name="Names">The keys, the tags or the family; empty for everything.</param>
public readonly record struct CacheInvalidation(InvalidationSource Source, InvalidationScope Scope, IReadOnlyList<string> Names);

/// <summary>The scope of an invalidation.</summary>
public enum InvalidationScope
{
    /// <summary>Keys.</summary>
    Key,

    /// <summary>All entries with a tag.</summary>
    Tag,

    /// <summary>All entries of a family.</summary>
    Family,

    /// <summary>Everything.</summary>
    Everything,
}
