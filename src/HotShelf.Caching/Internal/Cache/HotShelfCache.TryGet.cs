using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Reads without a loader, and expiry that keeps the value as stale.</summary>
internal sealed partial class HotShelfCache
{
    internal async ValueTask<CacheRead<T>> TryGetAsync<T>(string key, HybridCacheEntryOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequireCacheable<T>();
        if (!_names.IsUsable(key))
            return default;
        var family = _families.Of(key);
        var settings = EntrySettings.From(family, options);
        if (settings.ReadLocal && _local.Find(key) is LocalEntry<T> copy
            && _tags.Check(copy) == TagVerdict.Current && _clock.Now < Math.Min(copy.Times.LocalUntil, copy.Times.StaleUntil))
        {
            return Found(copy, CacheTier.L1);
        }

        var isUnavailable = false;
        if (_remote is not null && settings.ReadRemote)
        {
            var look = _fills.ReadRemoteAsync<T>(key, family, settings, CacheClock.Add(_clock.Now, _options.RemoteTimeout));
            var found = look.IsCompleted || !cancellationToken.CanBeCanceled
                ? await look.ConfigureAwait(false)
                : await look.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (found.Entry is { } entry)
            {
                _coherence.Insert(entry, settings, found.Epoch);
                return Found(entry, CacheTier.L2);
            }

            isUnavailable = found.IsUnavailable;
        }

        family.Counters.Misses.Increment();
        CacheObservation.Current?.Record(family.Name, CacheTier.None, CacheResult.Miss);
        return new CacheRead<T> { IsUnavailable = isUnavailable };
    }

    internal async ValueTask ExpireAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_names.IsUsable(key))
            return;
        var family = _families.Of(key);
        var remoteKey = new RemoteKey(key, family.Policy.Sliding);
        if (_remote is null)
        {
            ExpireLocal(key);
            return;
        }

        var answer = await _remote.GetAsync(remoteKey, CacheClock.Never).ConfigureAwait(false);
        using var bytes = answer.Value;
        if (bytes is null || FrameReader.TryRead(key, bytes.Memory, out var frame) != FrameRejection.None || frame.StaleUntil <= frame.FreshUntil
            || !await ReplaceByStaleAsync(remoteKey, frame).ConfigureAwait(false))
        {
            // Nothing to keep as stale, or the entry changed meanwhile, or Redis is not reachable: remove it instead.
            await RemoveAsync(key, cancellationToken).ConfigureAwait(false);
            return;
        }

        _invalidations.Drop(key);
    }

    private CacheRead<T> Found<T>(LocalEntry<T> entry, CacheTier tier)
    {
        var result = entry.ResultAt(_clock.Now);
        _recorder.Record(entry, tier, result);
        return new CacheRead<T>(true, entry.Read(), result == CacheResult.Stale);
    }

    /// <summary>Stores the same value as stale under a new fill id. A running fill loses its lease, because it may have read outdated data.</summary>
    private async ValueTask<bool> ReplaceByStaleAsync(RemoteKey key, Frame frame)
    {
        if (_codec.EncodeStale(key, frame) is not { } request)
            return false;
        var answer = await _remote!.RunAsync((Request: request, frame.FillId), static (store, replace) => store.ReplaceAsync(replace.Request, replace.FillId)).ConfigureAwait(false);
        if (answer.Succeeded)
            BufferPool.Return(request.Frame);
        return answer is { Succeeded: true, Value: true };
    }

    private void ExpireLocal(string key)
    {
        _flights.Detach(key);
        // A running fill may have read outdated data.
        _local.Outdate(key);
        if (_local.Find(key) is not { } entry)
            return;
        if (entry.Times.StaleUntil <= entry.Times.FreshUntil)
        {
            _local.Remove(entry);
            return;
        }

        var now = _clock.Now;
        var staleUntil = entry.Times.StaleUntil == CacheClock.Never ? CacheClock.Never : Math.Min(entry.Times.StaleUntil, now + (entry.Times.StaleUntil - entry.Times.FreshUntil));
        // Exchange only the entry that was found: an entry that was removed meanwhile stays removed, and a newer one stays.
        _local.TryExchange(entry, entry.Times with { FreshUntil = now, StaleUntil = staleUntil });
    }
}
