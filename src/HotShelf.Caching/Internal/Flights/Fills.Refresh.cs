using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Refreshes. Callers get the stale value at once while one process of the fleet refreshes it; a failed refresh is not repeated before its throttle ends.</summary>
internal sealed partial class Fills
{
    public async ValueTask<T> JoinRefreshAsync<T>(string key, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        ThrowIfReentrant(key);
        var origin = OriginOf(tags);
        var flight = _flights.RequestedRefreshes.JoinOrCreate<T>(key, settings.Flags, origin, out var joined);
        if (!joined)
            _ = RunRefreshAsync(flight, () => RefreshRequestedAsync(flight, family, loader, settings, tags));
        try
        {
            if (MayJoin(flight, origin.TagEpoch, family))
            {
                var outcome = await flight.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (await MayUseAsync(flight, origin.TagEpoch, outcome, RemoteLimit()).ConfigureAwait(false))
                    return Read(outcome, joined);
            }
        }
        finally
        {
            flight.Leave();
        }

        return await JoinRefreshAsync(key, family, loader, settings, tags, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the entry for its loader, which may keep the value, and loads.</summary>
    private async ValueTask<Outcome<T>> RefreshRequestedAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        var epoch = _local.EpochOf(flight.Key);
        var stale = StaleCopy<T>(flight.Key);
        if (stale is null && _remote is not null)
            stale = (await ReadRemoteAsync<T>(flight.Key, family, settings, flight.RemoteUntil).ConfigureAwait(false)).Entry;
        return await FillAsync(flight, family, loader, settings, tags, seen: default, isRequested: true, stale, epoch).ConfigureAwait(false);
    }

    /// <param name="entry">The entry that is due.</param>
    /// <param name="epoch">The key's epoch before the entry was read.</param>
    /// <param name="loader">The loader.</param>
    /// <param name="settings">The settings of the call.</param>
    /// <param name="tags">Its tags.</param>
    public void RefreshInBackground<T>(LocalEntry<T> entry, long epoch, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        if (_stopping.IsCancellationRequested || _throttle.IsThrottled(entry.Key) || _flights.RequestedRefreshes.Contains(entry.Key))
            return;
        var flight = new Flight<T>(entry.Key, settings.Flags, OriginOf(tags));
        if (!_flights.Refreshes.TryAdd(flight))
            return;
        // Do not capture the caller's execution context: its trace, observation and other ambient values do not belong to background work.
        ThreadPool.UnsafeQueueUserWorkItem(
            static refresh => _ = refresh.Fills.RunRefreshAsync(refresh.Flight, () => refresh.Fills.RefreshOnceAsync(refresh.Flight, refresh.Entry, refresh.Epoch, refresh.Loader, refresh.Settings, refresh.Tags)),
            (Fills: this, Flight: flight, Entry: entry, Epoch: epoch, Loader: loader, Settings: settings, Tags: tags), preferLocal: false);
    }

    private async Task RunRefreshAsync<T>(Flight<T> flight, Func<ValueTask<Outcome<T>>> refresh)
    {
        flight.RemoteUntil = RemoteLimit();
        try
        {
            var outcome = await refresh().ConfigureAwait(false);
            _flights.Remove(flight);
            flight.Complete(outcome);
        }
        catch (Exception exception)
        {
            _flights.Remove(flight);
            flight.Fail(exception);
        }
    }

    /// <summary>Refreshes unless another node does. Uses a newer entry that another node has stored.</summary>
    private async ValueTask<Outcome<T>> RefreshOnceAsync<T>(Flight<T> flight, LocalEntry<T> entry, long readAt, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        var unchanged = new Outcome<T>(entry, CacheTier.L1, CacheResult.Stale, Stored: false);
        var fill = new Fill<T>(entry.Key, entry.Family, loader, settings, tags, _stopping) { Flight = flight, Stale = entry, StaleEpoch = readAt, IsStored = true };
        FillLease? lease = null;
        try
        {
            // Before it is known that no removal is pending: one that comes later advances it.
            var epoch = _local.EpochOf(entry.Key);
            var isRemoteCurrent = _remote is null || await _invalidations.IsRemoteCurrentAsync(fill.RemoteKey, flight.RemoteUntil).ConfigureAwait(false);
            if (!isRemoteCurrent && _clock.Now < entry.Times.FreshUntil)
                return unchanged;
            if (_remote is not null && settings.WriteRemote && isRemoteCurrent)
            {
                var token = RandomId.New();
                var answer = await AcquireAsync(fill.RemoteKey, token, entry.Times.FillId, flight.RemoteUntil).ConfigureAwait(false);
                // Without Redis, a fresh entry can wait; a stale one is loaded for this process alone.
                if (!answer.Succeeded && _clock.Now < entry.Times.FreshUntil)
                    return unchanged;
                if (answer is { Succeeded: true, Value.Status: LeaseStatus.Held })
                {
                    _throttle.Pause(entry.Key);
                    return unchanged;
                }

                if (answer is { Succeeded: true, Value: { Status: LeaseStatus.Present, Frame: { } frame } })
                {
                    var found = await _codec.DecodeAsync<T>(entry.Key, entry.Family, settings, frame, epoch, flight.RemoteUntil).ConfigureAwait(false);
                    if (found.Entry is not { } newer)
                    {
                        // Of another shape, in a rolling update.
                        _throttle.Pause(entry.Key);
                        return unchanged;
                    }

                    _coherence.Insert(newer, settings, epoch);
                    return new Outcome<T>(newer, CacheTier.L2, CacheResult.Hit, Stored: false);
                }

                lease = answer.Succeeded ? new FillLease(token, answer.Value.ServerTime) : null;
            }

            return await LoadAsync(fill, lease, flight.RemoteUntil).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            Log.BackgroundRefreshFailed(_logger, entry.Family.Name, exception);
            _throttle.Failed(entry.Key, entry.Family, exception);
            return unchanged;
        }
    }
}
