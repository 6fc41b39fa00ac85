using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Generators.Tests.Fakes;

/// <summary>A cache without lifetimes that records what it is asked.</summary>
public sealed class RecordingCache : HybridCache
{
    private readonly ConcurrentDictionary<string, (object? Value, string[] Tags, long Version)> _entries = [];

    /// <summary>Everything that happened, in order: <c>fill key</c>, <c>hit key</c>, <c>remove key</c>, <c>remove-tag tag</c>.</summary>
    public List<string> Events { get; } = [];

    /// <summary>Whether each removal was given a token that can be cancelled.</summary>
    public bool RemovalCouldBeCancelled { get; private set; }

    public IEnumerable<string> Keys => _entries.Keys;

    public string[] TagsOf(string key) => _entries[key].Tags;

    public long VersionOf(string key) => _entries[key].Version;

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        GetOrFillAsync(key, (_, token) => factory(state, token), tags, cancellationToken);

    public async ValueTask<T> GetOrFillAsync<T>(
        string key, Func<CacheFillContext, CancellationToken, ValueTask<T>> factory, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(key, out var entry))
        {
            Events.Add($"hit {key}");
            return (T)entry.Value!;
        }

        // As the real one: the loader's token is not the caller's.
        using var loading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fill = new CacheFillContext(key);
        var value = await factory(fill, loading.Token).ConfigureAwait(false);
        Events.Add($"fill {key}");
        _entries[key] = (value, [.. tags ?? [], .. fill.Tags], fill.Version);
        return value;
    }

    public async ValueTask<IReadOnlyDictionary<TId, T>> GetOrFillManyAsync<TId, T>(
        IReadOnlyList<TId> ids, Func<TId, string> key, Func<IReadOnlyList<TId>, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory,
        Func<T, IEnumerable<string>>? tags, Func<T, long>? version, CancellationToken cancellationToken)
        where TId : notnull
    {
        var found = new Dictionary<TId, T>();
        foreach (var id in ids.Distinct().Where(id => _entries.ContainsKey(key(id))))
            found[id] = (T)_entries[key(id)].Value!;
        Events.AddRange(found.Keys.Select(id => $"hit {key(id)}"));
        var missing = ids.Distinct().Where(id => !found.ContainsKey(id)).ToList();
        if (missing.Count == 0)
            return found;
        foreach (var (id, value) in await factory(missing, cancellationToken).ConfigureAwait(false))
        {
            Events.Add($"fill {key(id)}");
            _entries[key(id)] = (value, [.. tags?.Invoke(value) ?? []], version?.Invoke(value) ?? 0);
            found[id] = value;
        }

        return found;
    }

    public override ValueTask SetAsync<T>(string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        _entries[key] = (value, [.. tags ?? []], 0);
        return default;
    }

    public ValueTask RemoveOlderAsync(IEnumerable<string> keys, long version, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
            Events.Add($"remove {key} older than {version}");
        RemovalCouldBeCancelled |= cancellationToken.CanBeCanceled;
        return default;
    }

    public ValueTask RemoveByTagAsync(IEnumerable<string> tags, string? change, CancellationToken cancellationToken)
    {
        foreach (var tag in tags)
            Events.Add($"remove-tag {tag} for {change ?? "any"}");
        RemovalCouldBeCancelled |= cancellationToken.CanBeCanceled;
        return default;
    }

    public override ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        Assert.NotEmpty(keys);
        return base.RemoveAsync(keys, cancellationToken);
    }

    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        Events.Add($"remove {key}");
        RemovalCouldBeCancelled |= cancellationToken.CanBeCanceled;
        _entries.TryRemove(key, out _);
        return default;
    }

    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default)
    {
        Events.Add($"remove-tag {tag}");
        RemovalCouldBeCancelled |= cancellationToken.CanBeCanceled;
        foreach (var (key, _) in _entries.Where(entry => entry.Value.Tags.Contains(tag)))
            _entries.TryRemove(key, out _);
        return default;
    }
}
