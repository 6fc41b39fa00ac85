namespace HotShelf.Caching;

/// <summary>
/// The lifetimes of one family of entries. The family of a key is its part before the first <c>':'</c>: <c>product:42</c> belongs to
/// <c>product</c>. Set in code (<see cref="HotShelfCachingOptions.Families"/>) and overridden by configuration
/// (<c>Caching:Families:product:Fresh=01:00:00</c>).
/// </summary>
public sealed record CachePolicy
{
    /// <summary>How long a value is fresh after its fill. Default 5 minutes; <see cref="TimeSpan.MaxValue"/> for no expiry; zero stores nothing.</summary>
    public TimeSpan Fresh { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long after <see cref="Fresh"/> a stale value may still be served while it is refreshed or the origin fails. Default zero: never. A removed value is not among them, save one whose removal this
    /// process could not hear of, without client tracking or while its connection was lost: that is served, as stale, while the loader fails.
    /// </summary>
    public TimeSpan Grace { get; set; }

    /// <summary>How long a copy may stay in this process' memory (L1), at most <see cref="Fresh"/> plus <see cref="Grace"/>. Default 1 minute; zero disables L1 for the family. Without Redis it has no effect.</summary>
    public TimeSpan Local { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>When set, each read renews the entry for this time (<c>GETEX</c>), at most until <see cref="Fresh"/> after its creation. Such entries are not kept in L1, so in memory alone they are not kept at all. Default none.</summary>
    public TimeSpan? Sliding { get; set; }

    /// <summary>How long a null result is kept. Default none: a null result is returned and not stored.</summary>
    public TimeSpan? Negative { get; set; }

    /// <summary>The share of <see cref="Fresh"/> after which a read refreshes the entry in the background. Between 0.1 and 0.99; default none.</summary>
    public double? EagerRefresh { get; set; }

    /// <summary>Each lifetime is shortened by a random share up to this one, so that entries filled together do not expire together. Between 0 and 0.5; default 0.05.</summary>
    public double Jitter { get; set; } = 0.05;

    /// <summary>After a failed refresh of a stale value in the background, none is started again for this time. A read that has to wait for the loader anyway asks it. Default 5 seconds.</summary>
    public TimeSpan FailSafeThrottle { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a value whose tag was removed may still be served, inside its <see cref="Grace"/> and marked stale, while the loader fails. A loader that works, or is
    /// only slow, never leads to it. Default false: what a tag removed is not served again. A removed key, a removed family and a bumped version are never served.
    /// </summary>
    public bool FailSafeAfterTagRemoval { get; set; }

    /// <summary>
    /// When there is a stale value, a caller waits at most this long for the loader, which then continues in the background and stores its result.
    /// More than 0 and less than <see cref="LoaderHardTimeout"/>; default none: the caller waits for the loader.
    /// </summary>
    public TimeSpan? LoaderSoftTimeout { get; set; }

    /// <summary>
    /// The time limit of a loader, also in the background. Then its token is cancelled and its callers get the stale value, if there is one, or
    /// <see cref="CacheLoaderTimeoutException"/>. A loader that ignores its token no longer holds any resource, and its result is dropped. The same limit
    /// applies to the wait for a place (<see cref="MaximumConcurrentFills"/>). Between 1 ms and 1 day, or <see cref="TimeSpan.MaxValue"/> for no limit; default 30 seconds.
    /// A loader that blocks its thread before its first await cannot be timed out.
    /// </summary>
    public TimeSpan LoaderHardTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum concurrent loaders of this family in this process. Default 64.</summary>
    public int MaximumConcurrentFills { get; set; } = 64;

    /// <summary>Maximum loaders waiting for a place; beyond it callers get a stale value or <see cref="CacheOverloadedException"/>. Default 1024.</summary>
    public int MaximumQueuedFills { get; set; } = 1024;
}
