using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>
/// Batch reads: L1, then one pipelined round trip to L2, one for the leases, one call of the loader and one pipelined store. Keys whose
/// lease another process holds are waited for, and loaded one by one if need be. Each missing key has its own flight like a single read, so single reads and other batches can join it, and the batch joins theirs.
/// </summary>
internal sealed partial class Fills
{
    public async ValueTask RunBatchAsync<TId, T>(Batch<TId, T> batch, List<BatchItem<TId, T>> missing, Dictionary<TId, T> found, CancellationToken cancellationToken)
        where TId : notnull
    {
        var outdated = await RunBatchOnceAsync(batch, missing, found, cancellationToken).ConfigureAwait(false);
        // Together, as before: one after the other they would add up.
        while (outdated.Count > 0)
            outdated = await RunBatchOnceAsync(batch.Again(), outdated, found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the items that joined another's flight and may not use its result, because one of its tags was removed before they joined.</summary>
    private async ValueTask<List<BatchItem<TId, T>>> RunBatchOnceAsync<TId, T>(Batch<TId, T> batch, List<BatchItem<TId, T>> missing, Dictionary<TId, T> found, CancellationToken cancellationToken)
        where TId : notnull
    {
        var origin = OriginOf([]);
        // Check all keys before the first flight is created: a created flight must be run.
        foreach (var item in missing)
        {
            item.IsUsable = _names.IsUsable(item.Key);
            if (item.IsUsable && item.Settings.MayLoad)
                ThrowIfReentrant(item.Key);
        }

        foreach (var item in missing)
        {
            if (item.IsUsable)
            {
                item.Flight = _flights.Reads.JoinOrCreate<T>(item.Key, item.Settings.Flags, origin, out var joined);
                item.IsJoined = joined;
            }
            else
            {
                // An unusable key is loaded with the others, but not cached.
                _metrics.Bypassed();
                item.Flight = new Flight<T>(item.Key, item.Settings.Flags, origin);
                item.Settings = item.Settings with { Fresh = TimeSpan.Zero, Flags = item.Settings.Flags | HybridCacheEntryFlags.DisableDistributedCache | HybridCacheEntryFlags.DisableLocalCache };
            }
        }

        var own = missing.FindAll(item => !item.IsJoined);
        if (own.Count > 0)
        {
            batch.Own(own.ConvertAll(item => (Flight)item.Flight!));
            _ = RunFlightsAsync(batch, own);
        }

        var outdated = new List<BatchItem<TId, T>>();
        var left = 0;
        try
        {
            for (; left < missing.Count; left++)
            {
                var item = missing[left];
                if (!await TryFindAsync(batch, item, origin.TagEpoch, found, cancellationToken).ConfigureAwait(false))
                    outdated.Add(item);
                item.Flight!.Leave();
            }
        }
        finally
        {
            for (; left < missing.Count; left++)
                missing[left].Flight!.Leave();
        }

        return outdated;
    }

    /// <summary>Waits for a flight, and adds its value, if there is one, to those that were found. False when the caller may not use its result.</summary>
    private async ValueTask<bool> TryFindAsync<TId, T>(Batch<TId, T> batch, BatchItem<TId, T> item, int tagEpoch, Dictionary<TId, T> found, CancellationToken cancellationToken)
        where TId : notnull
    {
        try
        {
            var outcome = await item.Flight!.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (item.IsJoined)
            {
                item.Family.Counters.Joined.Increment();
                batch.CheckUntil ??= RemoteLimit();
                if (!await MayUseAsync(item.Flight, tagEpoch, outcome, batch.CheckUntil.Value).ConfigureAwait(false))
                    return false;
            }

            if (item.IsUsable)
                _recorder.Record(outcome.Entry, outcome.Tier, outcome.Result, item.IsJoined, outcome.Stored);
            else
                ReadRecorder.ObserveBypass(item.Key, outcome.Tier);
            if (outcome.Entry.Read() is { } value)
                found[item.Id] = value;
        }
        catch (AbsentFromBatchException)
        {
            // Its tags are not known: it may have been absent before a removal.
            if (item.IsJoined && tagEpoch != item.Flight!.Origin.TagEpoch)
                return Detach(item.Flight);
            if (item.IsUsable)
                item.Family.Counters.Misses.Increment();
            // An answer made of it must not be kept: that it is absent is not stored.
            CacheObservation.Current?.Record(item.Family.Name, CacheTier.Origin, CacheResult.Miss, item.IsJoined);
        }
        catch (Exception exception) when (item.IsUsable && IsFailure(exception, cancellationToken))
        {
            item.Family.Counters.Failures.Increment();
            throw;
        }

        return true;
    }

    /// <summary>Runs the flights of a batch. Each flight completes or fails; never throws.</summary>
    private async Task RunFlightsAsync<TId, T>(Batch<TId, T> batch, List<BatchItem<TId, T>> items)
        where TId : notnull
    {
        var started = _clock.Provider.GetTimestamp();
        items.ForEach(item => item.Started = started);
        try
        {
            var until = RemoteLimit();
            var missing = await ReadBatchAsync(items, until).ConfigureAwait(false);
            if (missing.Count == 0)
                return;
            var filling = FillBatchAsync(batch, missing, until).AsTask();
            if (missing[0].Family.Policy.LoaderSoftTimeout is { } soft && !await CompletesWithinAsync(filling, soft).ConfigureAwait(false))
            {
                foreach (var item in items.FindAll(item => !item.IsDone))
                    item.IsServedStale = TryServeStaleMeanwhile(item.Flight!, item.Stale ?? StaleCopy<T>(item.Key));
            }

            await filling.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            foreach (var item in items.FindAll(item => !item.IsDone))
                Fail(item, exception);
        }
    }

    /// <summary>Reads all keys from L2 in one round trip; returns the items without a fresh entry.</summary>
    private async ValueTask<List<BatchItem<TId, T>>> ReadBatchAsync<TId, T>(List<BatchItem<TId, T>> items, long until)
        where TId : notnull
    {
        var asked = items.FindAll(item => item.Settings.ReadRemote);
        if (_remote is null || asked.Count == 0)
            return items;
        // Before it is known that no removal is pending: one that comes later advances them.
        var epochs = asked.ConvertAll(item => _local.EpochOf(item.Key));
        var keys = asked.ConvertAll(item => item.RemoteKey);
        if (!await _invalidations.IsRemoteCurrentAsync(keys, until).ConfigureAwait(false))
            return items;
        var started = _clock.Provider.GetTimestamp();
        var answer = await _remote.RunAsync(keys, static (store, keys) => store.GetManyAsync(keys), until: until).ConfigureAwait(false);
        var took = _clock.Provider.GetElapsedTime(started);
        for (var i = 0; answer.Succeeded && i < asked.Count; i++)
        {
            var item = asked[i];
            _metrics.ReadTook(CacheTier.L2, took);
            if (answer.Value![i] is not { } bytes)
                continue;
            var read = await _codec.DecodeAsync<T>(item.Key, item.Family, item.Settings, bytes, epochs[i], until).ConfigureAwait(false);
            item.KnownFillId = read.KnownFillId;
            item.IsLocalOnly = read.IsOtherShape;
            // A stale value is loaded again with the missing ones, at no extra cost.
            if (read.Entry is { } entry && _clock.Now < entry.Times.FreshUntil)
            {
                _coherence.Insert(entry, item.Settings, read.Epoch);
                Complete(item, new Outcome<T>(entry, CacheTier.L2, CacheResult.Hit, Stored: false));
            }
            else
            {
                item.Stale = read.Entry;
            }
        }

        return items.FindAll(item => !item.IsDone);
    }

    private async ValueTask FillBatchAsync<TId, T>(Batch<TId, T> batch, List<BatchItem<TId, T>> missing, long until)
        where TId : notnull
    {
        // All callers may have left during the read.
        batch.Abandoned.ThrowIfCancellationRequested();
        foreach (var item in missing.FindAll(item => !item.Settings.MayLoad))
            Complete(item, new Outcome<T>(item.Stale ?? _codec.Transient(item.Key, item.Family, default(T)!), CacheTier.None, item.Stale is null ? CacheResult.Miss : CacheResult.Stale, Stored: false));
        missing.RemoveAll(item => item.IsDone);
        await AcquireBatchAsync(missing, until).ConfigureAwait(false);
        var elsewhere = missing.FindAll(item => item.IsLeasedElsewhere && !item.IsDone);
        await LoadBatchAsync(batch, missing.FindAll(item => !item.IsLeasedElsewhere && !item.IsDone), until).ConfigureAwait(false);
        // Other processes fill these items: each waits like a single read, and one that is still missing then is loaded on its own. For a call of all of them, one that
        // has its lease would wait for the others, and two batches, each with a lease that the other wants, until LeaseWait has passed.
        if (elsewhere.Count > 0)
            await Task.WhenAll(elsewhere.ConvertAll(item => AwaitOtherFillAsync(batch, item))).ConfigureAwait(false);
    }

    private async Task AwaitOtherFillAsync<TId, T>(Batch<TId, T> batch, BatchItem<TId, T> item)
        where TId : notnull
    {
        try
        {
            item.Flight!.RemoteUntil = RemoteLimit();
            var loader = new SingleOfBatch<TId, T>(batch, item);
            var outcome = await FillAsync(item.Flight, item.Family, loader, item.Settings, [], new RemoteEntry<T>(null, 0, item.KnownFillId)).ConfigureAwait(false);
            if (loader.IsAbsent)
                throw new AbsentFromBatchException();
            Complete(item, outcome);
        }
        catch (Exception exception)
        {
            // Without callers nothing has failed.
            if (exception is not AbsentFromBatchException && item.Flight!.Callers > 0 && StaleOf(item) is { } stale)
                ServeStale(item, stale, exception);
            else
                Fail(item, exception);
        }
    }

    private async ValueTask AcquireBatchAsync<TId, T>(List<BatchItem<TId, T>> items, long until)
        where TId : notnull
    {
        var asked = items.FindAll(item => item.Settings.WriteRemote && !item.IsLocalOnly);
        if (_remote is null || asked.Count == 0 || !await _invalidations.IsRemoteCurrentAsync(asked.ConvertAll(item => item.RemoteKey), until).ConfigureAwait(false))
            return;
        var requests = asked.ConvertAll(item => (Key: item.RemoteKey, Token: RandomId.New(), Known: item.Settings.ReadRemote ? item.KnownFillId : (long?)null));
        var answer = await _leases!.AcquireManyAsync(requests, until).ConfigureAwait(false);
        for (var i = 0; answer.Succeeded && i < asked.Count; i++)
        {
            var lease = answer.Value![i];
            if (lease.Status == LeaseStatus.Acquired)
                asked[i].Lease = new FillLease(requests[i].Token, lease.ServerTime);
            else
                asked[i].IsLeasedElsewhere = true;
        }
    }

    private async ValueTask LoadBatchAsync<TId, T>(Batch<TId, T> batch, List<BatchItem<TId, T>> items, long until)
        where TId : notnull
    {
        if (items.Count == 0)
            return;
        var fills = items.ConvertAll(item => new Fill<T>(item.Key, item.Family, null!, item.Settings, [], batch.Abandoned) { IsLocalOnly = item.IsLocalOnly, IsStored = item.KnownFillId != 0 || item.Settings.WritesUnread });
        var began = _clock.Provider.GetTimestamp();
        using var abandoned = batch.Abandoned.UnsafeRegister(_ => Release(items), null);
        try
        {
            var gate = items[0].Family.Gate;
            var epochs = items.ConvertAll(item => _local.EpochOf(item.Key));
            var starts = new List<FillStart>(items.Count);
            IReadOnlyDictionary<TId, T> loaded;
            TimeSpan took;
            var left = until - _clock.Now;
            var holdsPlace = await gate.EnterAsync([.. items.Select(item => item.Flight)], _clock.Provider, batch.Abandoned).ConfigureAwait(false);
            try
            {
                var entered = _clock.Now;
                for (var i = 0; i < items.Count; i++)
                    starts.Add(await BeginFillAsync(fills[i], items[i].Lease, entered + left).ConfigureAwait(false));
                loaded = await RunLoaderAsync(items[0].Family, [.. items.Select(item => item.Key)], (batch, Ids: items.ConvertAll(item => item.Id)), static (run, token) => run.batch.LoadAsync(run.Ids, token), batch.Abandoned).ConfigureAwait(false);
                items.ForEach(item => _throttle.Succeeded(item.Key, item.Family));
                batch.Abandoned.ThrowIfCancellationRequested();
                took = _clock.Provider.GetElapsedTime(began);
                _metrics.FillTook(items[0].Family, took);
            }
            finally
            {
                if (holdsPlace)
                    gate.Leave();
            }

            // Stores started together share the connection's next write: one pipelined round trip.
            await Task.WhenAll(items.Select((item, i) => StoreItemAsync(batch, item, fills[i], starts[i], epochs[i], loaded))).ConfigureAwait(false);
            RecordFilled(items.Where(item => item.Result.Stored), took, FillOutcome.Stored);
            RecordFilled(items.Where(item => !item.Result.Stored), took, FillOutcome.NotStored);
            // Only now, as with a single read: the observers hear of a fill before its callers go on.
            foreach (var item in items)
            {
                if (item.Error is null)
                    Complete(item, item.Result);
                else
                    Fail(item, item.Error);
            }
        }
        catch (Exception exception)
        {
            Release(items);
            // Without callers nothing has failed.
            var hasFailed = !batch.Abandoned.IsCancellationRequested;
            if (hasFailed)
                RecordFilled(items, _clock.Provider.GetElapsedTime(began), FillOutcome.Failed, exception);

            // Together: one after the other, their waits for Redis would add up.
            await Task.WhenAll(items.Zip(fills).Where(pair => !pair.First.IsDone).Select(pair => FailOrServeStaleAsync(pair.First, pair.Second, hasFailed, exception))).ConfigureAwait(false);
        }
    }

    /// <summary>Unusable keys are not recorded, as with single reads.</summary>
    private void RecordFilled<TId, T>(IEnumerable<BatchItem<TId, T>> items, TimeSpan took, FillOutcome outcome, Exception? error = null)
        where TId : notnull
    {
        if (_events.HasObservers && items.Where(item => item.IsUsable).ToList() is { Count: > 0 } usable)
            _events.Filled(usable[0].Family, usable.ConvertAll(item => item.Key), took, outcome, error);
    }

    private void Release<TId, T>(List<BatchItem<TId, T>> items)
        where TId : notnull => items.ForEach(item => Release(item.Lease));

    /// <summary>Stores a loaded value under its lease, and notes what its callers get. Never throws.</summary>
    private async Task StoreItemAsync<TId, T>(Batch<TId, T> batch, BatchItem<TId, T> item, Fill<T> fill, FillStart start, long epoch, IReadOnlyDictionary<TId, T> loaded)
        where TId : notnull
    {
        try
        {
            var isThere = loaded.TryGetValue(item.Id, out var value) && value is not null;
            if (!isThere && !item.MayBeNull)
            {
                await DiscardAsync(fill, item.Lease, removesStored: fill.IsStored || StaleCopy<T>(item.Key) is not null).ConfigureAwait(false);
                throw new AbsentFromBatchException();
            }

            var context = new CacheFillContext(item.Key);
            if (isThere)
                batch.Describe(value!, context);

            item.Result = await StoreResultAsync(fill, item.Lease, start, epoch, value!, context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A failure of one value or its tags affects this key only.
            item.Error = exception;
        }
        finally
        {
            Release(item.Lease);
        }
    }

    private async Task FailOrServeStaleAsync<TId, T>(BatchItem<TId, T> item, Fill<T> fill, bool hasFailed, Exception exception)
        where TId : notnull
    {
        var stale = hasFailed ? StaleOf(item) ?? StaleCopy<T>(item.Key, hasFailed: true) ?? await StaleFrameAsync(fill).ConfigureAwait(false) : null;
        if (stale is null)
            Fail(item, exception);
        else
            ServeStale(item, stale, exception);
    }

    /// <summary>What L2 had before the loader failed. Its grace may have ended since, and its tags may have been removed.</summary>
    private LocalEntry<T>? StaleOf<TId, T>(BatchItem<TId, T> item)
        where TId : notnull => item.Stale is { } stale && MayStandIn(stale, hasFailed: true) ? stale : null;

    private void ServeStale<TId, T>(BatchItem<TId, T> item, LocalEntry<T> stale, Exception exception)
        where TId : notnull
    {
        _throttle.Failed(item.Key, item.Family, exception);
        Complete(item, new Outcome<T>(stale, CacheTier.L2, CacheResult.Stale, Stored: false));
    }

    private void Complete<TId, T>(BatchItem<TId, T> item, in Outcome<T> outcome)
        where TId : notnull
    {
        item.IsDone = true;
        if (outcome.Tier == CacheTier.Origin && item.IsUsable)
            _metrics.ReadTook(CacheTier.Origin, _clock.Provider.GetElapsedTime(item.Started));
        _flights.Reads.Remove(item.Flight!);
        item.Flight!.Complete(outcome);
        if (item.IsServedStale)
            item.Flight.Leave();
    }

    private void Fail<TId, T>(BatchItem<TId, T> item, Exception exception)
        where TId : notnull
    {
        item.IsDone = true;
        _flights.Reads.Remove(item.Flight!);
        item.Flight!.Fail(exception);
        if (item.IsServedStale)
            item.Flight.Leave();
    }
}
