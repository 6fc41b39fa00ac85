using System.Runtime.CompilerServices;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>The first steps of a miss: read L2 with one command, and start a fill when L2 has no valid entry.</summary>
internal sealed partial class Fills
{
    /// <summary>
    /// Reads L2 on behalf of all callers of the flight. An entry is returned directly to the first caller, without a task; otherwise a fill starts, which
    /// belongs to all callers. Never throws. The first caller's token does not end it: that caller leaves, and the read continues for the others.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<T>> ReadRemoteOrFillAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags)
    {
        var started = _clock.Provider.GetTimestamp();
        try
        {
            var found = _remote is not null && settings.ReadRemote ? await ReadRemoteAsync<T>(flight.Key, family, settings, flight.RemoteUntil).ConfigureAwait(false) : default;
            if (found.Entry is { } entry)
            {
                var now = _clock.Now;
                _coherence.Insert(entry, settings, found.Epoch);
                if (settings.MayLoad && now >= Math.Min(entry.Times.RefreshAt, entry.Times.FreshUntil))
                    RefreshInBackground(entry, found.Epoch, loader, settings, tags);
                var outcome = new Outcome<T>(entry, CacheTier.L2, entry.ResultAt(now), Stored: false);
                _flights.Reads.Remove(flight);
                flight.Complete(outcome);
                return outcome;
            }

            _ = FillAndCompleteAsync(flight, family, loader, settings, tags, found, started);
        }
        catch (Exception exception)
        {
            _flights.Reads.Remove(flight);
            flight.Fail(exception);
        }

        return default;
    }

    /// <summary>Fills the entry for all callers of a flight and completes the flight. Never throws.</summary>
    private async Task FillAndCompleteAsync<T>(Flight<T> flight, FamilyState family, Loader<T> loader, EntrySettings settings, string[] tags, RemoteEntry<T> found, long started)
    {
        var isServedStale = false;
        try
        {
            // All callers may have left during the read.
            if (flight.Callers == 0)
                flight.Abandoned.ThrowIfCancellationRequested();
            Outcome<T> outcome;
            if (!settings.MayLoad)
            {
                outcome = new Outcome<T>(_codec.Transient(flight.Key, family, default(T)!), CacheTier.None, CacheResult.Miss, Stored: false);
            }
            else if (family.Policy.LoaderSoftTimeout is { } soft)
            {
                var filling = FillAsync(flight, family, loader, settings, tags, found).AsTask();
                isServedStale = !await CompletesWithinAsync(filling, soft).ConfigureAwait(false) && TryServeStaleMeanwhile(flight, StaleCopy<T>(flight.Key));
                outcome = await filling.ConfigureAwait(false);
            }
            else
            {
                outcome = await FillAsync(flight, family, loader, settings, tags, found).ConfigureAwait(false);
            }

            if (outcome.Tier == CacheTier.Origin)
                _metrics.ReadTook(CacheTier.Origin, _clock.Provider.GetElapsedTime(started));
            // Remove the flight before completing it, so that a caller that continues and reads again starts a new one.
            _flights.Reads.Remove(flight);
            flight.Complete(outcome);
        }
        catch (Exception exception)
        {
            _flights.Reads.Remove(flight);
            flight.Fail(exception);
        }
        finally
        {
            if (isServedStale)
                flight.Leave();
        }
    }

    private async ValueTask<bool> CompletesWithinAsync(Task running, TimeSpan soft)
    {
        try
        {
            await running.WaitAsync(soft, _clock.Provider).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!running.IsCompleted)
        {
            return false;
        }
        catch (Exception) when (running.IsCompleted)
        {
            // The failure is observed where the task is awaited.
        }

        return true;
    }

    /// <summary>
    /// The soft time limit has passed: the current callers, and those who join until the load ends, get the stale value. When it returns true the load
    /// continues on behalf of the cache, which has joined the flight and must leave it.
    /// </summary>
    private static bool TryServeStaleMeanwhile<T>(Flight<T> flight, LocalEntry<T>? stale)
    {
        if (stale is null || !flight.TryJoin())
            return false;
        flight.Complete(new Outcome<T>(stale, CacheTier.L1, CacheResult.Stale, Stored: false));
        return true;
    }

    /// <summary>Reads L2. A frame that is unreadable, expired or hidden by a tag is not an entry, but its fill id is kept, so that the lease script can distinguish it from a newer frame.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RemoteEntry<T>> ReadRemoteAsync<T>(string key, FamilyState family, EntrySettings settings, long until)
    {
        // Before it is known that no removal is pending: one that comes later advances it.
        var epoch = _local.EpochOf(key);
        var remoteKey = new RemoteKey(key, settings.Sliding);
        // Send pending invalidations first: Redis may still hold what they remove.
        if (!await _invalidations.IsRemoteCurrentAsync(remoteKey, until).ConfigureAwait(false))
            return new RemoteEntry<T> { IsUnavailable = true };
        var started = _metrics.TimesReads ? _clock.Provider.GetTimestamp() : 0;
        var answer = await _remote!.GetAsync(remoteKey, until).ConfigureAwait(false);
        if (!answer.Succeeded)
            return new RemoteEntry<T> { IsUnavailable = true };
        if (started != 0)
            _metrics.ReadTook(CacheTier.L2, _clock.Provider.GetElapsedTime(started));
        using var frame = answer.Value;
        return frame is null ? default : await _codec.DecodeAsync<T>(key, family, settings, frame.Memory, epoch, until).ConfigureAwait(false);
    }
}
