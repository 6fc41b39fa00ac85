using HotShelf.Caching.Generators.Tests.Fakes;
using Microsoft.Extensions.Caching.Hybrid;

#pragma warning disable IDE0060 // The signatures are the library's.
// The generated code is compiled against the same names and signatures as the library's.
namespace HotShelf.Caching;

public static class HybridCacheExtensions
{
    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this HybridCache cache, string key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        ((RecordingCache)cache).GetOrFillAsync(key, (fill, token) => factory(fill, state, token), tags, cancellationToken);

    public static ValueTask<T> GetOrCreateAsync<TState, T>(
        this HybridCache cache, ReadOnlySpan<char> key, TState state, Func<CacheFillContext, TState, CancellationToken, ValueTask<T>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        ((RecordingCache)cache).GetOrFillAsync(key.ToString(), (fill, token) => factory(fill, state, token), tags, cancellationToken);

    public static ValueTask<IReadOnlyDictionary<TId, T>> GetOrCreateManyAsync<TId, TState, T>(
        this HybridCache cache, IReadOnlyList<TId> ids, Func<TId, string> key, TState state,
        Func<IReadOnlyList<TId>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory,
        HybridCacheEntryOptions? options = null, Func<T, IEnumerable<string>>? tags = null, Func<T, long>? version = null, CancellationToken cancellationToken = default)
        where TId : notnull =>
        ((RecordingCache)cache).GetOrFillManyAsync(ids, key, (missing, token) => factory(missing, state, token), tags, version, cancellationToken);

    public static ValueTask RemoveOlderAsync(this HybridCache cache, string key, long version, CancellationToken cancellationToken = default) =>
        ((RecordingCache)cache).RemoveOlderAsync([key], version, cancellationToken);

    public static ValueTask RemoveOlderAsync(this HybridCache cache, IEnumerable<string> keys, long version, CancellationToken cancellationToken = default) =>
        ((RecordingCache)cache).RemoveOlderAsync(keys, version, cancellationToken);

    public static ValueTask RemoveByTagAsync(this HybridCache cache, IEnumerable<string> tags, string? change, CancellationToken cancellationToken = default) =>
        ((RecordingCache)cache).RemoveByTagAsync(tags, change, cancellationToken);
}

public sealed class CacheFillContext(string key)
{
    public string Key { get; } = key;

    public List<string> Tags { get; } = [];

    public long Version { get; set; }

    public void AddTag(string tag) => Tags.Add(tag);
}
