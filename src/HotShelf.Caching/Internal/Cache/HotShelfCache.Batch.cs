using System.Diagnostics.CodeAnalysis;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Batch reads: what L1 has is served from it, <see cref="Fills.RunBatchAsync"/> gets the rest.</summary>
internal sealed partial class HotShelfCache
{
    internal async ValueTask<IReadOnlyDictionary<TId, T>> GetOrCreateManyAsync<TId, TState, T>(
        IReadOnlyList<TId> ids, Func<TId, string> key, TState state,
        Func<IReadOnlyList<TId>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory,
        HybridCacheEntryOptions? options, Func<T, IEnumerable<string>>? tags, Func<T, long>? version, CancellationToken cancellationToken)
        where TId : notnull
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(factory);
        cancellationToken.ThrowIfCancellationRequested();
        if (CacheObservation.Current is not { } observation)
            return await ReadManyAsync(ids, key, state, factory, options, tags, version, cancellationToken).ConfigureAwait(false);
        observation.BeginBatch();
        try
        {
            return await ReadManyAsync(ids, key, state, factory, options, tags, version, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            observation.EndBatch();
        }
    }

    private async ValueTask<IReadOnlyDictionary<TId, T>> ReadManyAsync<TId, TState, T>(
        IReadOnlyList<TId> ids, Func<TId, string> key, TState state,
        Func<IReadOnlyList<TId>, TState, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> factory,
        HybridCacheEntryOptions? options, Func<T, IEnumerable<string>>? tags, Func<T, long>? version, CancellationToken cancellationToken)
        where TId : notnull
    {
        var found = new Dictionary<TId, T>(ids.Count);
        List<BatchItem<TId, T>>? missing = null;
        HashSet<TId>? notFound = null;
        LocalEntry? firstToExpire = null;
        LocalEntry? oldest = null;
        var now = _clock.Now;
        for (var i = 0; i < ids.Count; i++)
        {
            // Each once.
            var id = ids[i];
            if (found.ContainsKey(id) || notFound?.Contains(id) == true)
                continue;
            var name = key(id);
            if (name is not null && _local.Find(name) is LocalEntry<T> hit && MayAnswer(hit, options, now))
            {
                CountHit(hit);
                var times = hit.Times;
                if (firstToExpire is null || times.FreshUntil < firstToExpire.Times.FreshUntil)
                    firstToExpire = hit;
                if (oldest is null || times.Created < oldest.Times.Created)
                    oldest = hit;
                if (hit.Read() is { } value)
                    found[id] = value;
                else
                    (notFound ??= []).Add(id);
                continue;
            }

            var family = _families.Of(name);
            var settings = EntrySettings.From(family, options);
            if (name is not null && TryServeFromLocal(name, settings, out LocalEntry<T>? copy))
            {
                _recorder.Record(copy, CacheTier.L1, CacheResult.Hit);
                if (copy.Read() is { } held)
                    found[id] = held;
                else
                    (notFound ??= []).Add(id);
                continue;
            }

            (notFound ??= []).Add(id);
            (missing ??= []).Add(new BatchItem<TId, T>(id, name ?? "", family, settings));
        }

        if (firstToExpire is not null && CacheObservation.Current is { } observation)
        {
            _recorder.Observe(observation, firstToExpire, CacheTier.L1, CacheResult.Hit);
            if (oldest != firstToExpire)
                _recorder.Observe(observation, oldest!, CacheTier.L1, CacheResult.Hit);
        }

        if (missing is not null)
        {
            using var activity = CacheSpans.IsTracing ? CacheSpans.StartBatch(ids.Count, missing.Count) : null;
            var batch = new Batch<TId, T>((load, token) => factory(load, state, token), tags, version);
            await _fills.RunBatchAsync(batch, missing, found, cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>Serves a fresh L1 copy whose tags must be checked or whose refresh is due. It counts as a hit; single reads refresh it.</summary>
    private bool TryServeFromLocal<T>(string key, in EntrySettings settings, [NotNullWhen(true)] out LocalEntry<T>? entry)
    {
        entry = settings.ReadLocal ? _local.Find(key) as LocalEntry<T> : null;
        return entry is not null && _clock.Now < Math.Min(entry.Times.FreshUntil, entry.Times.LocalUntil) && _tags.Check(entry) == TagVerdict.Current;
    }
}
