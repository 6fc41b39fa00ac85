using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal;

/// <summary>Reading without a loader, and making stale without losing.</summary>
internal sealed partial class HotShelfCache
{
    internal async ValueTask<CacheRead<T>> TryGetAsync<T>(string key, HybridCacheEntryOptions? options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RequireCacheable<T>();
        if (!IsUsable(key))
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
            var look = ReadRemoteAsync<T>(key, family, settings);
            var found = look.IsCompleted || !cancellationToken.CanBeCanceled
                ? await look.ConfigureAwait(false)
                : await look.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (found.Entry is { } entry)
            {
                InsertLocal(entry, settings, found.Epoch);
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
        if (!IsUsable(key))
            return;
        var family = _families.Of(key);
        var remoteKey = new RemoteKey(key, family.Policy.Sliding);
        if (_remote is null)
        {
            ExpireHere(key);
            return;
        }

        var answer = await _remote.GetAsync(remoteKey).ConfigureAwait(false);
        if (answer.Value is not { } bytes || FrameReader.TryRead(key, bytes, out var frame) != FrameRejection.None || frame.StaleUntil <= frame.FreshUntil
            || !await ReplaceByStaleAsync(remoteKey, frame).ConfigureAwait(false))
        {
            // Nothing to keep, or it changed meanwhile, or Redis is away: gone is stale enough.
            await RemoveAsync(key, cancellationToken).ConfigureAwait(false);
            return;
        }

        DropHere([key]);
    }

    private static CacheResult ResultOf(LocalEntry entry, long now) => now < entry.Times.FreshUntil ? CacheResult.Hit : CacheResult.Stale;

    private CacheRead<T> Found<T>(LocalEntry<T> entry, CacheTier tier)
    {
        var result = ResultOf(entry, _clock.Now);
        RecordRead(entry, tier, result);
        return new CacheRead<T>(true, entry.Read(), result == CacheResult.Stale);
    }

    /// <summary>The same value under a new fill id, stale from now on; a fill that runs loses its lease, since it may have read what is now outdated.</summary>
    private async ValueTask<bool> ReplaceByStaleAsync(RemoteKey key, Frame frame)
    {
        var now = _clock.ServerNow;
        if (FrameReader.TryReadPayload(frame, _options.MaximumPayloadBytes, out var payload) != FrameRejection.None)
            return false;
        var grace = frame.StaleUntil == CacheClock.Never ? CacheClock.Never : frame.StaleUntil - frame.FreshUntil;
        var stale = frame with { FillId = NewId(), FreshUntil = now, StaleUntil = grace == CacheClock.Never ? grace : Math.Min(frame.StaleUntil, now + grace), Payload = payload };
        var bytes = FrameWriter.Write(key.Name, stale, frame.IsCompressed ? _options.CompressionThreshold : int.MaxValue);
        var timeToLive = stale.StaleUntil == CacheClock.Never ? (TimeSpan?)null : TimeSpan.FromMilliseconds(Math.Max(1, stale.StaleUntil - now));
        var answer = await _remote!.RunAsync((Request: new StoreRequest(key, 0, bytes, timeToLive), frame.FillId),
            static (store, replace) => store.ReplaceAsync(replace.Request, replace.FillId)).ConfigureAwait(false);
        return answer is { Succeeded: true, Value: true };
    }

    private void ExpireHere(string key)
    {
        _flights.Detach(key);
        // A fill that runs may have read what is now outdated.
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
        // Only in the place of the very entry that was found: one that was removed meanwhile stays removed, and a newer one stays.
        _local.TryExchange(entry, entry.Times with { FreshUntil = now, StaleUntil = staleUntil });
    }
}
