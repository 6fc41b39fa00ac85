using HotShelf.Caching.Internal;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching;

/// <summary>Operations of HotShelf's cache beyond <see cref="HybridCache"/>; with another implementation they throw <see cref="NotSupportedException"/>.</summary>
public static class HybridCacheExtensions
{
    /// <summary>Like the method of <see cref="HybridCache"/>, with a loader that can set the entry's tags and lifetimes depending on its result.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key; its part before the first <c>':'</c> names the family.</param>
    /// <param name="state">Passed to <paramref name="factory"/>.</param>
    /// <param name="factory">Loads the value.</param>
    /// <param name="options">Overrides of the family's policy.</param>
    /// <param name="tags">Tags known before the load.</param>
    /// <param name="cancellationToken">Cancels this caller's wait; the loader is cancelled when its last caller has left.</param>
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this HybridCache cache, string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).GetOrCreateWithContextAsync(key, state, factory, options, tags, cancellationToken);

    /// <summary>Like the overload with a string key; allocates no string for the key on an L1 hit.</summary>
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this HybridCache cache, ReadOnlySpan<char> key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).GetOrCreateWithContextAsync(key, state, factory, options, tags, cancellationToken);

    /// <summary>
    /// Reads many keys: L1, one pipelined round trip to L2, one call of the loader for all missing keys, one pipelined store. Keys that another process is loading are waited
    /// for; each of them that it does not store is loaded by a call of its own.
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="ids">The ids; duplicates count once.</param>
    /// <param name="key">The key of an id.</param>
    /// <param name="state">Passed to <paramref name="factory"/>.</param>
    /// <param name="factory">Loads the missing ids; an id that it does not return does not exist. It may be called several times, also concurrently.</param>
    /// <param name="options">Overrides of the families' policies.</param>
    /// <param name="tags">The tags of a loaded value.</param>
    /// <param name="version">The origin's version of a loaded value, see <see cref="CacheFillContext.Version"/>.</param>
    /// <param name="cancellationToken">Cancels this caller's wait.</param>
    /// <returns>The values of the ids that exist.</returns>
    public static ValueTask<IReadOnlyDictionary<TId, T>> GetOrCreateManyAsync<TId, TState, T>(
        this HybridCache cache, IReadOnlyList<TId> ids, Func<TId, string> key, TState state,
        Func<IReadOnlyList<TId>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory,
        HybridCacheEntryOptions? options = null, Func<T, IEnumerable<string>>? tags = null, Func<T, long>? version = null, CancellationToken cancellationToken = default)
        where TId : notnull
    {
        var own = Own(cache);
        own.RequireCacheable<T>();
        return own.GetOrCreateManyAsync(ids, key, state, factory, options, tags, version, cancellationToken);
    }

    /// <summary>Reads without a loader. Does not wait for a running fill.</summary>
    public static ValueTask<CacheRead<T>> TryGetAsync<T>(this HybridCache cache, string key, HybridCacheEntryOptions? options = null, CancellationToken cancellationToken = default) =>
        Own(cache).TryGetAsync<T>(key, options, cancellationToken);

    /// <summary>
    /// The cache's position among the removals of tags. For a value that is not loaded by a loader of the cache: take the position before it is loaded, and give it to
    /// <see cref="SetAsync{T}(HybridCache, string, T, long, HybridCacheEntryOptions, IEnumerable{string}, CancellationToken)"/>.
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key that the value will have, or its family and <c>':'</c>.</param>
    /// <param name="cancellationToken">Observed before Redis is asked, which is only necessary when removals are not known yet, and takes at most <see cref="HotShelfCachingOptions.RemoteTimeout"/>.</param>
    /// <returns>Redis' time of the latest removal known, in microseconds; without Redis a number of removals. Valid in this process, while it uses this cache.</returns>
    public static ValueTask<long> GetPositionAsync(this HybridCache cache, string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Own(cache).GetPositionAsync(key, cancellationToken);
    }

    /// <summary>
    /// Stores a value that was loaded after <see cref="GetPositionAsync"/>. Where one of its tags, its family or everything was removed since, it is not served: the removal would otherwise precede the store,
    /// and the value be from before it. A removal of the key alone is not seen, for which a loader is needed (<c>GetOrCreateAsync</c>).
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="since">The position before the value was loaded.</param>
    /// <param name="options">Overrides of the family's policy.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="cancellationToken">Observed before the value is stored.</param>
    public static ValueTask SetAsync<T>(
        this HybridCache cache, string key, T value, long since, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).SetAsync(key, value, since, options, tags, cancellationToken);

    /// <summary>Stores many values in one pipelined round trip.</summary>
    public static ValueTask SetManyAsync<T>(this HybridCache cache, IEnumerable<KeyValuePair<string, T>> values, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).SetManyAsync(values, options, tags, cancellationToken);

    /// <summary>Makes an entry stale on every node: the next read refreshes it, and if the loader fails the value is served until the end of its grace. An entry without grace is removed.</summary>
    public static ValueTask ExpireAsync(this HybridCache cache, string key, CancellationToken cancellationToken = default) =>
        Own(cache).ExpireAsync(key, cancellationToken);

    /// <summary>Loads the value, whatever is stored, and stores the result; reads get the old value meanwhile. Joins a running refresh.</summary>
    /// <returns>The new value.</returns>
    public static ValueTask<T> RefreshAsync<TState, T>(
        this HybridCache cache, string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        Own(cache).RefreshAsync(key, state, factory, options, tags, cancellationToken);

    /// <summary>
    /// Removes an entry on every node, like <see cref="HybridCache.RemoveAsync(string, CancellationToken)"/>, if it is older than a version of the origin or of unknown version. The same change told
    /// twice, for example by the writer and by a change feed, then costs one fill. A fill that is running may store its result if that is not older. With a cache that is not HotShelf's, and with version 0, the
    /// entry is removed whatever its version.
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="version">The version of the change, see <see cref="CacheFillContext.Version"/>; 0 when it is not known.</param>
    /// <param name="cancellationToken">Not observed once the removal has begun.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="version"/> is negative.</exception>
    public static ValueTask RemoveOlderAsync(this HybridCache cache, string key, long version, CancellationToken cancellationToken = default) =>
        RemoveOlderAsync(cache, [KeyValuePair.Create(key, version)], cancellationToken);

    /// <inheritdoc cref="RemoveOlderAsync(HybridCache, string, long, CancellationToken)"/>
    /// <param name="keys">The keys that one change concerns.</param>
#pragma warning disable CS1573 // The other parameters are inherited.
    public static ValueTask RemoveOlderAsync(this HybridCache cache, IEnumerable<string> keys, long version, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return RemoveOlderAsync(cache, keys.Select(key => KeyValuePair.Create(key, version)), cancellationToken);
    }

    /// <inheritdoc cref="RemoveOlderAsync(HybridCache, string, long, CancellationToken)"/>
    /// <param name="versions">Keys with the versions of their changes; of one key the latest counts.</param>
    public static ValueTask RemoveOlderAsync(this HybridCache cache, IEnumerable<KeyValuePair<string, long>> versions, CancellationToken cancellationToken = default)
#pragma warning restore CS1573
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(versions);
        return cache is HotShelfCache own ? own.RemoveOlderAsync(versions, cancellationToken) : cache.RemoveAsync([.. versions.Select(item => item.Key)], cancellationToken);
    }

    /// <summary>
    /// Removes all entries with any of the tags on every node, like <see cref="HybridCache.RemoveByTagAsync(IEnumerable{string}, CancellationToken)"/>, except by tags that were removed for the same change within
    /// the last ten seconds: the same change told twice, by the writer and by a change feed, then costs one fill. Call it when every reader of the origin sees the change. Redis remembers the change; where it does not,
    /// all tags are removed.
    /// </summary>
    /// <param name="cache">The cache. One that is not HotShelf's removes all tags.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="change">Names the change, and no other one ever: a random text of at most 100 characters. Null or blank: all tags are removed.</param>
    /// <param name="cancellationToken">Not observed once the removal has begun.</param>
    /// <exception cref="ArgumentException"><paramref name="change"/> is longer than 100 characters.</exception>
    public static ValueTask RemoveByTagAsync(this HybridCache cache, IEnumerable<string> tags, string? change, CancellationToken cancellationToken = default) =>
        RemoveByTagAsync(cache, tags, string.IsNullOrWhiteSpace(change) ? [] : [change], cancellationToken);

    /// <inheritdoc cref="RemoveByTagAsync(HybridCache, IEnumerable{string}, string, CancellationToken)"/>
    /// <param name="changes">Several changes: only tags that were removed for each of them are not removed again.</param>
#pragma warning disable CS1573 // The other parameters are inherited.
    public static ValueTask RemoveByTagAsync(this HybridCache cache, IEnumerable<string> tags, IReadOnlyCollection<string> changes, CancellationToken cancellationToken = default)
#pragma warning restore CS1573
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(changes);
        const int LongestChange = 100;
        if (changes.FirstOrDefault(static change => change.Length > LongestChange) is { } tooLong)
            throw new ArgumentException($"The name of a change has at most {LongestChange} characters, and not {tooLong.Length}.", nameof(changes));
        return cache is HotShelfCache own ? own.RemoveByTagAsync(tags, changes, cancellationToken) : cache.RemoveByTagAsync(tags, cancellationToken);
    }

    /// <summary>Hides every entry of a family on every node, including those filled from loads that began before.</summary>
    public static ValueTask RemoveFamilyAsync(this HybridCache cache, string family, CancellationToken cancellationToken = default) =>
        Own(cache).RemoveFamilyAsync(family, cancellationToken);

    /// <summary>
    /// Bumps the version: hides every entry stored before on every node, at once, like removing the tag <c>*</c>, and records
    /// an event for consoles. Nothing is restarted, and <see cref="HotShelfCachingOptions.Version"/> does not change.
    /// </summary>
    public static ValueTask BumpVersionAsync(this HybridCache cache, CancellationToken cancellationToken = default) => Own(cache).BumpVersionAsync(cancellationToken);

    /// <summary>
    /// Sends the invalidations that are pending because Redis was not reachable. The cache also does this on its own when Redis answers; a change feed calls it
    /// to confirm that its invalidations were sent.
    /// </summary>
    /// <returns>True when no invalidation is pending.</returns>
    public static ValueTask<bool> SendPendingInvalidationsAsync(this HybridCache cache) => Own(cache).SendPendingInvalidationsAsync();

    private static HotShelfCache Own(HybridCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache as HotShelfCache ?? throw new NotSupportedException($"{cache.GetType().Name} is not HotShelf's cache: register it with AddHotShelfCaching.");
    }
}
