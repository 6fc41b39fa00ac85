#pragma warning disable IDE0060, CA1822 // the surface only, until the core lands in the next commits
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

internal sealed class HotShelfCache : HybridCache, ICacheInspector
{
    public override ValueTask<T> GetOrCreateAsync<TState, T>(string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) => factory(state, cancellationToken);

    public override ValueTask SetAsync<T>(string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) => default;

    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => default;

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => default;

    internal ValueTask<T> GetOrCreateWithContextAsync<TState, T>(string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken) => factory(new CacheFillContext(key), state, cancellationToken);

    internal ValueTask<IReadOnlyDictionary<TId, T>> GetOrCreateManyAsync<TId, TState, T>(IReadOnlyList<TId> ids, Func<TId, string> key, TState state, Func<IReadOnlyList<TId>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory, HybridCacheEntryOptions? options, Func<T, IEnumerable<string>>? tags, CancellationToken cancellationToken) where TId : notnull => factory(ids, state, cancellationToken);

    internal ValueTask<CacheRead<T>> TryGetAsync<T>(string key, HybridCacheEntryOptions? options, CancellationToken cancellationToken) => default;

    internal ValueTask SetManyAsync<T>(IEnumerable<KeyValuePair<string, T>> values, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken) => default;

    internal ValueTask ExpireAsync(string key, CancellationToken cancellationToken) => default;

    internal ValueTask<T> RefreshAsync<TState, T>(string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken) => factory(new CacheFillContext(key), state, cancellationToken);

    internal ValueTask RemoveFamilyAsync(string family, CancellationToken cancellationToken) => default;

    public CacheStatistics GetStatistics() => new(new("*", 0, 0, 0, 0, 0, 0, 0, null), [], 0, 0, "none", "none", 0);

    public ValueTask<CacheEntryDescription?> DescribeAsync(string key, CancellationToken cancellationToken = default) => default;
}
