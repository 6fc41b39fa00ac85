using System.Buffers;
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
            var found = default(RemoteEntry<T>);
            if (_remote is not null && settings.ReadRemote)
            {
                // The steps of ReadRemoteAsync: every hit of L2 comes this way, and an asynchronous method more would cost it a twentieth.
                var epoch = _local.EpochOf(flight.Key);
                var answer = await ReadFrameAsync(new RemoteKey(flight.Key, settings.Sliding), flight.RemoteUntil).ConfigureAwait(false);
                found = await DecodeAsync<T>(flight.Key, family, settings, answer, epoch, started, flight.RemoteUntil).ConfigureAwait(false);
            }

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
        var started = _clock.Provider.GetTimestamp();
        // Before it is known that no removal is pending: one that comes later advances it.
        var epoch = _local.EpochOf(key);
        var answer = await ReadFrameAsync(new RemoteKey(key, settings.Sliding), until).ConfigureAwait(false);
        return await DecodeAsync<T>(key, family, settings, answer, epoch, started, until).ConfigureAwait(false);
    }

    /// <summary>Reads a frame, which the caller disposes, when this process has no pending invalidation that concerns it: Redis may still hold what that removes.</summary>
    private ValueTask<RemoteAnswer<IMemoryOwner<byte>>> ReadFrameAsync(RemoteKey key, long until)
    {
        var isCurrent = _invalidations.IsRemoteCurrentAsync(key, until);
        return isCurrent.IsCompletedSuccessfully
            ? isCurrent.Result ? _remote!.GetAsync(key, until) : default
            : ReadFrameWhenCurrentAsync(isCurrent, key, until);
    }

    private async ValueTask<RemoteAnswer<IMemoryOwner<byte>>> ReadFrameWhenCurrentAsync(ValueTask<bool> isCurrent, RemoteKey key, long until) =>
        await isCurrent.ConfigureAwait(false) ? await _remote!.GetAsync(key, until).ConfigureAwait(false) : default;

    /// <summary>Decodes and disposes a frame of <see cref="ReadFrameAsync"/>.</summary>
    private ValueTask<RemoteEntry<T>> DecodeAsync<T>(string key, FamilyState family, in EntrySettings settings, in RemoteAnswer<IMemoryOwner<byte>> answer, long epoch, long started, long until)
    {
        if (!answer.Succeeded)
            return new(new RemoteEntry<T> { IsUnavailable = true });
        if (_metrics.TimesReads)
            _metrics.ReadTook(CacheTier.L2, _clock.Provider.GetElapsedTime(started));
        if (answer.Value is not { } frame)
            return default;
        var decoding = _codec.DecodeAsync<T>(key, family, settings, frame.Memory, epoch, until);
        if (!decoding.IsCompleted)
            return DisposeThenAsync(decoding, frame);
        frame.Dispose();
        return decoding;

        static async ValueTask<RemoteEntry<T>> DisposeThenAsync(ValueTask<RemoteEntry<T>> decoding, IMemoryOwner<byte> frame)
        {
            using (frame)
                return await decoding.ConfigureAwait(false);
        }
    }
}
