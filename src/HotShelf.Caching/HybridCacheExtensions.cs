using HotShelf.Caching.Internal;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching;

/// <summary>What HotShelf's cache does beyond <see cref="HybridCache"/>; on another implementation these throw <see cref="NotSupportedException"/>.</summary>
public static class HybridCacheExtensions
{
    /// <summary>As <see cref="HybridCache"/>'s own, with a loader that may tag the entry and change its lifetimes, knowing its result.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key; its part before the first <c>':'</c> names the family.</param>
    /// <param name="state">Handed to <paramref name="factory"/>.</param>
    /// <param name="factory">Loads the value.</param>
    /// <param name="options">What differs from the family's policy.</param>
    /// <param name="tags">Tags known before the load.</param>
    /// <param name="cancellationToken">Gives up this caller's wait; the loader is cancelled when its last caller has left.</param>
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this HybridCache cache, string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).GetOrCreateWithContextAsync(key, state, factory, options, tags, cancellationToken);

    /// <summary>As above, for a key that need not become a string when L1 has it.</summary>
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this HybridCache cache, ReadOnlySpan<char> key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).GetOrCreateWithContextAsync(key, state, factory, options, tags, cancellationToken);

    /// <summary>Many keys at once: L1, one pipelined round trip to L2, one call of the loader for all that is missing, one pipelined store.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="ids">What is wanted; duplicates count once.</param>
    /// <param name="key">The key of an id.</param>
    /// <param name="state">Handed to <paramref name="factory"/>.</param>
    /// <param name="factory">Loads what is missing; an id it leaves out does not exist.</param>
    /// <param name="options">What differs from the families' policies.</param>
    /// <param name="tags">The tags of a loaded value.</param>
    /// <param name="cancellationToken">Gives up this caller's wait.</param>
    /// <returns>The values of the ids that exist.</returns>
    public static ValueTask<IReadOnlyDictionary<TId, T>> GetOrCreateManyAsync<TId, TState, T>(
        this HybridCache cache, IReadOnlyList<TId> ids, Func<TId, string> key, TState state,
        Func<IReadOnlyList<TId>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory,
        HybridCacheEntryOptions? options = null, Func<T, IEnumerable<string>>? tags = null, CancellationToken cancellationToken = default)
        where TId : notnull
    {
        var own = Own(cache);
        own.RequireCacheable<T>();
        return own.GetOrCreateManyAsync(ids, key, state, factory, options, tags, cancellationToken);
    }

    /// <summary>Reads without a loader. Never waits for a running fill and never disturbs one.</summary>
    public static ValueTask<CacheRead<T>> TryGetAsync<T>(this HybridCache cache, string key, HybridCacheEntryOptions? options = null, CancellationToken cancellationToken = default) =>
        Own(cache).TryGetAsync<T>(key, options, cancellationToken);

    /// <summary>Stores many values in one pipelined round trip.</summary>
    public static ValueTask SetManyAsync<T>(this HybridCache cache, IEnumerable<KeyValuePair<string, T>> values, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).SetManyAsync(values, options, tags, cancellationToken);

    /// <summary>Makes an entry stale everywhere without losing it: the next read refreshes it, and its value remains for a failing origin while its grace lasts. An entry without grace is removed.</summary>
    public static ValueTask ExpireAsync(this HybridCache cache, string key, CancellationToken cancellationToken = default) =>
        Own(cache).ExpireAsync(key, cancellationToken);

    /// <summary>Loads now, whatever is stored, and stores the result; readers keep the old value meanwhile. Joins a running refresh.</summary>
    /// <returns>The new value.</returns>
    public static ValueTask<T> RefreshAsync<TState, T>(
        this HybridCache cache, string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).RefreshAsync(key, state, factory, options, tags, cancellationToken);

    /// <summary>Hides every entry of a family on every node, including those filled from loads that began before.</summary>
    public static ValueTask RemoveFamilyAsync(this HybridCache cache, string family, CancellationToken cancellationToken = default) =>
        Own(cache).RemoveFamilyAsync(family, cancellationToken);

    /// <summary>
    /// Bumps the version: hides every entry stored before on every node, at once and for good, as removing the tag <c>*</c> does, and says so to
    /// consoles. Nothing is restarted, and <see cref="HotShelfCachingOptions.Version"/> stays what it is.
    /// </summary>
    public static ValueTask BumpVersionAsync(this HybridCache cache, CancellationToken cancellationToken = default) => Own(cache).BumpVersionAsync(cancellationToken);

    /// <summary>
    /// Sends what Redis could not be told of while it was away. The cache does so by itself as soon as Redis answers; this is for one who must know, as
    /// a feed must before it forgets what it handed on.
    /// </summary>
    /// <returns>True when no invalidation waits any more.</returns>
    public static ValueTask<bool> SendPendingInvalidationsAsync(this HybridCache cache) => Own(cache).SendPendingInvalidationsAsync();

    private static HotShelfCache Own(HybridCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache as HotShelfCache ?? throw new NotSupportedException($"{cache.GetType().Name} is not HotShelf's cache: register it with AddHotShelfCaching.");
    }
}
