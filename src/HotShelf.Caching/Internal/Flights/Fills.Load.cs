using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Runs the loader and stores its result, unless the entry was invalidated since the load began.</summary>
internal sealed partial class Fills
{
    /// <summary>Runs the loader within its family's limits and stores the result. Without a lease nothing is stored in L2.</summary>
    /// <param name="fill">The fill.</param>
    /// <param name="lease">Its lease, or null.</param>
    /// <param name="until">Until when to wait for Redis before the loader runs.</param>
    private async ValueTask<Outcome<T>> LoadAsync<T>(Fill<T> fill, FillLease? lease, long until)
    {
        var started = _clock.Provider.GetTimestamp();
        var epoch = _local.EpochOf(fill.Key);
        CacheFillContext context;
        T value;
        FillStart start;
        // When the last caller leaves, release the lease at once: the loader may ignore its cancellation.
        using var abandoned = lease is null ? default : fill.CancellationToken.UnsafeRegister(_ => Release(lease), null);
        try
        {
            // The wait for a place is not one for Redis.
            var left = until - _clock.Now;
            var holdsPlace = await fill.Family.Gate.EnterAsync([fill.Flight], _clock.Provider, fill.CancellationToken).ConfigureAwait(false);
            try
            {
                start = await BeginFillAsync(fill, lease, _clock.Now + left).ConfigureAwait(false);
                // Not before: what was removed until now must not be offered, or it would be stored again as if it had been loaded from now on.
                context = new CacheFillContext(fill.Key, StaleFor(fill));
                value = await RunLoaderAsync(fill.Family, [fill.Key], (fill.Loader, context), static (run, token) => run.Loader.LoadAsync(run.context, token), fill.CancellationToken).ConfigureAwait(false);
                _throttle.Succeeded(fill.Key, fill.Family);
                // Without callers the result is dropped: a newer fill may already be stored.
                fill.CancellationToken.ThrowIfCancellationRequested();
            }
            finally
            {
                if (holdsPlace)
                    fill.Family.Gate.Leave();
            }
        }
        catch (Exception exception)
        {
            Release(lease);
            if (exception is OperationCanceledException && fill.CancellationToken.IsCancellationRequested)
                return Rethrow<T>(exception);
            _events.Filled(fill.Family, fill.Key, _clock.Provider.GetElapsedTime(started), FillOutcome.Failed, exception);
            return await FailSafeAsync(fill, exception).ConfigureAwait(false);
        }

        var took = _clock.Provider.GetElapsedTime(started);
        _metrics.FillTook(fill.Family, took);
        Outcome<T> outcome;
        try
        {
            outcome = await StoreResultAsync(fill, lease, start, epoch, value, context).ConfigureAwait(false);
        }
        finally
        {
            // Releases the lease if it was not used.
            Release(lease);
        }

        _events.Filled(fill.Family, fill.Key, took, outcome.Stored ? FillOutcome.Stored : FillOutcome.NotStored);
        return outcome;
    }

    /// <summary>Runs a loader, of one key or of a batch, in its own span and counts it; the loader's spans, such as its SQL, are children.</summary>
    private async ValueTask<TResult> RunLoaderAsync<TState, TResult>(FamilyState family, string[] keys, TState state, Func<TState, CancellationToken, ValueTask<TResult>> load, CancellationToken abandoned)
    {
        family.Counters.Fills.Increment();
        using var activity = CacheSpans.StartFill(family, keys.Length);
        try
        {
            return await LoaderRun.RunAsync((this, keys), family, _clock.Provider, state, load, abandoned).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            CacheSpans.Fail(activity, exception);
            // Without callers nothing has failed.
            if (!abandoned.IsCancellationRequested)
                _metrics.FillFailed(family, exception);
            throw;
        }
    }

    /// <summary>The entry that the fill replaces, unless it was removed since it was read; null when there is none.</summary>
    private LocalEntry<T>? StaleFor<T>(Fill<T> fill) => fill.Stale is not { } stale
        ? StaleCopy<T>(fill.Key)
        : _local.EpochOf(fill.Key) == fill.StaleEpoch && _tags.Check(stale) == TagVerdict.Current && _coherence.WouldHaveHeardOf(stale) ? stale : null;

    /// <summary>Records the position among removed tags at which the fill begins: after the lease is acquired and before the loader runs.</summary>
    private async ValueTask<FillStart> BeginFillAsync<T>(Fill<T> fill, FillLease? lease, long until)
    {
        var epoch = _tags.Epoch;
        return _remote is not null && lease is null && fill.Settings.WriteRemote && !fill.IsLocalOnly
            ? new FillStart(epoch, null)
            : new FillStart(epoch, await _tagSync.PositionAsync(fill.Key, fill.Family, fill.Tags, until).ConfigureAwait(false));
    }

    private async ValueTask<Outcome<T>> StoreResultAsync<T>(Fill<T> fill, FillLease? lease, FillStart start, long epoch, T value, CacheFillContext context)
    {
        var settings = fill.Settings.With(context);
        if (value is null)
            settings = settings.ForNegative(fill.Family.Policy);
        Stamps stamps = start.Position is { } position ? Stamps.At(position, [.. fill.Tags, .. context.Tags.Except(fill.Tags, StringComparer.Ordinal)]) : default;
        var isStorable = context.MayStore && settings.MayStore && (context.Tags.Count == 0 || _names.AreUsable(fill.Family, context.Tags));
        using var payload = isStorable ? _codec.TrySerialize(fill.Family, value) : null;
        if (payload is null)
        {
            // What is stored would be served on as if the origin still had it.
            await DiscardAsync(fill, lease, removesStored: context.MayStore && (fill.IsStored || context.HasStale || !settings.MayStore && value is not null)).ConfigureAwait(false);
            return new Outcome<T>(_codec.Transient(fill.Key, fill.Family, value, stamps: stamps), CacheTier.Origin, CacheResult.Miss, Stored: false);
        }

        // Already hidden: do not store it. Removals from now on are detected when the entry is read.
        if (_tags.Check(stamps, fill.Family.TagFamily(fill.Key)) == TagVerdict.Hidden)
        {
            Release(lease);
            return new Outcome<T>(_codec.Transient(fill.Key, fill.Family, value, payload.Written, stamps), CacheTier.Origin, CacheResult.Miss, Stored: false);
        }

        // Read the epoch before the L1 lifetime is computed: if the stream breaks in between, the entry must not be inserted with the long lifetime.
        var storing = _local.EpochOf(fill.Key);
        var mayShare = lease is not null && stamps.Tags is not null;
        var frame = _codec.FrameFor<T>(fill.Family, settings, stamps, value is null, payload.Written) with { Version = context.Version };
        var entry = _codec.EntryFor(fill.Key, fill.Family, settings, frame, value, isTracked: mayShare || fill.IsLocalOnly && stamps.Tags is not null);
        if (mayShare)
        {
            var stored = await StoreAsync(fill.RemoteKey, lease!, frame, entry, settings, storing).ConfigureAwait(false);
            if (stored is null && fill.IsRequested)
            {
                _invalidations.Queue(fill.RemoteKey);
                _invalidations.Drop(fill.Key);
            }

            if (stored == false && context.Version > 0)
                _ = RemoveHiddenAsync(fill);
            return new Outcome<T>(entry, CacheTier.Origin, CacheResult.Miss, stored ?? false);
        }

        Release(lease);
        entry.FilledAtTagEpoch = start.TagEpoch;
        return new Outcome<T>(entry, CacheTier.Origin, CacheResult.Miss, fill.IsRequested ? ReplaceUnshared(fill, entry, settings, epoch) : _coherence.Insert(entry, settings, epoch));
    }

    /// <summary>
    /// Inserts the result of a requested refresh, which is not stored in Redis, into L1. What was read or loaded before is not served from now on: neither what Redis has, nor what a running flight inserts or returns later,
    /// nor the copy in L1, also when the result cannot be inserted because the key may have been removed since <paramref name="epoch"/>.
    /// </summary>
    private bool ReplaceUnshared<T>(Fill<T> fill, LocalEntry<T> entry, in EntrySettings settings, long epoch)
    {
        if (_remote is not null && settings.WriteRemote)
            _invalidations.Queue(fill.RemoteKey);
        _flights.Detach(fill.Key);
        return _coherence.Replace(entry, settings, epoch);
    }

    /// <summary>
    /// Stores under the lease. False when the lease is gone or wants a later version: something was invalidated since the load began, and the value is only for the current callers.
    /// Null when Redis could not be reached, or the pending invalidations of this process could not be sent first: it would store a value that they remove.
    /// </summary>
    private async ValueTask<bool?> StoreAsync(RemoteKey key, FillLease lease, Frame frame, LocalEntry entry, EntrySettings settings, long epoch)
    {
        // The callers wait for both.
        var until = RemoteLimit();
        if (!await _invalidations.IsRemoteCurrentAsync(key, until).ConfigureAwait(false))
            return null;
        var request = _codec.Encode(key, lease.Token, entry.Family, settings, frame);
        _echoes.Start(key);
        var answer = await _leases!.StoreAsync(request, until).ConfigureAwait(false);
        if (answer is not { Succeeded: true, Value: true })
        {
            _echoes.Cancel(key.Name);
            return answer.Succeeded ? false : null;
        }

        _coherence.InsertStored(entry, settings, epoch);
        return true;
    }

    /// <summary>
    /// A value that was not stored may be older than the stored frame. Where that is hidden for good, it keeps the key from being cached for as long as it lives: after a restore of the database from a backup its version
    /// is one that the origin does not have any more. Unless it was written within the last minute, it is removed, and the next fill is stored. The callers do not wait for it.
    /// </summary>
    private async Task RemoveHiddenAsync<T>(Fill<T> fill)
    {
        var stored = await _remote!.RunAsync(fill.RemoteKey, static (store, key) => store.PeekAsync(key)).ConfigureAwait(false);
        if (stored.Value is { } frame && _codec.IsHiddenForGood(fill.Key, fill.Family, frame))
            await _invalidations.RemoveAsync([fill.Key]).ConfigureAwait(false);
    }

    /// <summary>Inserts an entry that was written and just stored into L1.</summary>
    public void InsertStored(LocalEntry entry, in EntrySettings settings, long epoch)
    {
        _coherence.InsertStored(entry, settings, epoch);
        _throttle.Succeeded(entry.Key, entry.Family);
    }

    /// <summary>Stores nothing: releases the lease, and may also remove the stored entry.</summary>
    private async ValueTask DiscardAsync<T>(Fill<T> fill, FillLease? lease, bool removesStored)
    {
        if (removesStored)
            await _invalidations.RemoveAsync([fill.Key]).ConfigureAwait(false);
        else
            Release(lease);
    }

    /// <summary>The command is sent at once; its answer is not waited for.</summary>
    private void Release(FillLease? lease)
    {
        if (lease is not null)
            _ = _leases!.ReleaseAsync(lease).AsTask();
    }

    /// <param name="TagEpoch">The tag table's epoch when the fill began.</param>
    /// <param name="Position">The latest removal that is known to precede the fill; null when Redis could not be reached.</param>
    private readonly record struct FillStart(int TagEpoch, long? Position);
}
