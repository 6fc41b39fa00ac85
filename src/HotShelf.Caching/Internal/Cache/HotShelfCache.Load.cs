using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Runs the loader and stores its result, unless the entry was invalidated since the load began.</summary>
internal sealed partial class HotShelfCache
{
    /// <summary>Runs the loader within its family's limits and stores the result. Without a lease nothing is stored in L2.</summary>
    private async ValueTask<Outcome<T>> LoadAsync<T>(Fill<T> fill, FillLease? lease)
    {
        var started = _clock.Provider.GetTimestamp();
        var epoch = _local.EpochOf(fill.Key);
        var context = new CacheFillContext(fill.Key, fill.Stale ?? StaleCopy<T>(fill.Key));
        T value;
        FillStart start;
        // When the last caller leaves, release the lease at once: the loader may ignore its cancellation.
        using var abandoned = lease is null ? default : fill.CancellationToken.UnsafeRegister(_ => _ = _leases!.ReleaseAsync(lease).AsTask(), null);
        try
        {
            var holdsPlace = await fill.Family.Gate.EnterAsync([fill.Flight], _clock.Provider, fill.CancellationToken).ConfigureAwait(false);
            try
            {
                start = await BeginFillAsync(fill, lease).ConfigureAwait(false);
                fill.Family.Counters.Fills.Increment();
                value = await RunLoaderAsync(fill, context).ConfigureAwait(false);
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
            await ReleaseAsync(lease).ConfigureAwait(false);
            if (exception is OperationCanceledException && fill.CancellationToken.IsCancellationRequested)
                return Rethrow<T>(exception);
            _events.Filled(fill.Family, fill.Key, _clock.Provider.GetElapsedTime(started), FillOutcome.Failed);
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
            await ReleaseAsync(lease).ConfigureAwait(false);
        }

        _events.Filled(fill.Family, fill.Key, took, outcome.Stored ? FillOutcome.Stored : FillOutcome.NotStored);
        return outcome;
    }

    /// <summary>Records the position among removed tags at which the fill begins: after the lease is acquired and before the loader runs.</summary>
    private async ValueTask<FillStart> BeginFillAsync<T>(Fill<T> fill, FillLease? lease)
    {
        var epoch = _tags.Epoch;
        return _remote is not null && lease is null && fill.Settings.WriteRemote && !fill.IsLocalOnly
            ? new FillStart(epoch, null)
            : new FillStart(epoch, await PositionAsync(fill.Key, fill.Family, fill.Tags).ConfigureAwait(false));
    }

    private ValueTask<long?> PositionAsync(string key, Families.FamilyState family, string[] tags) =>
        _tagSync is null ? new(_tags.Position) : _tagSync.PositionAsync(key, family, tags);

    private async ValueTask<Outcome<T>> StoreResultAsync<T>(Fill<T> fill, FillLease? lease, FillStart start, long epoch, T value, CacheFillContext context)
    {
        var settings = fill.Settings.With(context);
        if (value is null)
            settings = settings.ForNegative(fill.Family.Policy);
        var isStorable = context.MayStore && settings.MayStore && (context.Tags.Count == 0 || AreUsable(fill.Family, context.Tags));
        byte[]? payload = null;
        if (isStorable && !TrySerialize(fill, value, out payload))
            isStorable = false;
        if (!isStorable)
        {
            await DiscardAsync(fill, lease, removesStored: context.MayStore && !settings.MayStore && value is not null).ConfigureAwait(false);
            return new Outcome<T>(TransientEntry(fill.Key, fill.Family, value, payload), CacheTier.Origin, CacheResult.Miss, Stored: false);
        }

        Stamps stamps = start.Position is { } position ? Stamps.At(position, [.. fill.Tags, .. context.Tags.Except(fill.Tags, StringComparer.Ordinal)]) : default;
        // Already hidden: do not store it. Removals from now on are detected when the entry is read.
        if (_tags.Check(stamps, fill.Family.TagFamily(fill.Key)) == TagVerdict.Hidden)
        {
            await ReleaseAsync(lease).ConfigureAwait(false);
            return new Outcome<T>(TransientEntry(fill.Key, fill.Family, value, payload), CacheTier.Origin, CacheResult.Miss, Stored: false);
        }

        // Read the epoch before the L1 lifetime is computed: if the stream breaks in between, the entry must not be inserted with the long lifetime.
        var storing = _local.EpochOf(fill.Key);
        var mayShare = lease is not null && stamps.Tags is not null;
        var frame = FrameFor(fill.Family, settings, stamps, value is null, _values.For<T>().Shape, payload!) with { Version = context.Version };
        var entry = EntryFor(fill.Key, fill.Family, settings, frame, value, isTracked: mayShare || fill.IsLocalOnly && stamps.Tags is not null);
        if (mayShare)
        {
            var stored = await StoreAsync(fill.RemoteKey, lease!, frame, entry, settings, storing).ConfigureAwait(false);
            if (stored is null && QueueInvalidationIfRefresh(fill))
                _local.Invalidate(fill.Key);
            return new Outcome<T>(entry, CacheTier.Origin, CacheResult.Miss, stored ?? false);
        }

        await ReleaseAsync(lease).ConfigureAwait(false);
        entry.FilledAtTagEpoch = start.TagEpoch;
        return new Outcome<T>(entry, CacheTier.Origin, CacheResult.Miss, QueueInvalidationIfRefresh(fill) ? ReplaceLocal(entry, settings, epoch) : InsertLocal(entry, settings, epoch));
    }

    /// <summary>For a requested refresh that could not be stored in Redis: queues an invalidation of the stored entry, which is not read until then, and returns true. The caller removes or replaces the copy in L1.</summary>
    private bool QueueInvalidationIfRefresh<T>(Fill<T> fill)
    {
        if (fill.ServesStale || _remote is null || !fill.Settings.WriteRemote)
            return false;
        QueueInvalidations([new(fill.RemoteKey, 0)]);
        _flights.Detach(fill.Key);
        _refreshes.Detach(fill.Key);
        return true;
    }

    private bool TrySerialize<T>(Fill<T> fill, T value, out byte[]? payload)
    {
        payload = null;
        if (value is null)
        {
            payload = [];
            return true;
        }

        try
        {
            payload = _values.For<T>().Serialize(value);
        }
        catch (Exception exception)
        {
            // A serialization failure is a bug in the application, but the request has its value: log it and return the value uncached.
            Log.SerializationFailed(_logger, fill.Family.Name, exception);
            return false;
        }

        if (payload.Length <= _options.MaximumPayloadBytes)
            return true;
        Log.PayloadTooLarge(_logger, fill.Family.Name, payload.Length, _options.MaximumPayloadBytes);
        _metrics.PayloadRejected(fill.Family);
        return false;
    }

    private Frame FrameFor(Families.FamilyState family, in EntrySettings settings, Stamps stamps, bool isNull, ulong shape, byte[] payload)
    {
        var created = _clock.ServerNow;
        var freshUntil = CacheClock.Add(created, family.Jittered(settings.Fresh));
        return new Frame
        {
            Flags = isNull ? FrameFlags.Null : FrameFlags.None,
            FillId = NewId(),
            Created = created,
            FreshUntil = freshUntil,
            StaleUntil = CacheClock.Add(freshUntil, settings.Grace),
            Shape = shape,
            Stamps = stamps,
            RawLength = payload.Length,
            Payload = payload,
        };
    }

    private LocalEntry<T> EntryFor<T>(string key, Families.FamilyState family, in EntrySettings settings, in Frame frame, T value, bool isTracked)
    {
        var times = Times(family, settings, frame);
        if (!isTracked && _remote is not null && settings.WriteRemote)
        {
            // Not in L2, so tracking will not report changes: use the short lifetime, as while the stream is lost.
            times = times with { LocalUntil = Math.Min(times.LocalUntil, CacheClock.Add(_clock.Now, _options.IncoherentLocal)) };
        }

        return LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: false, frame.Payload, _values.For<T>());
    }

    /// <summary>Stores under the lease. False when the lease is gone or wants a later version: something was invalidated since the load began, and the value is only for the current callers. Null when Redis could not be reached.</summary>
    private async ValueTask<bool?> StoreAsync(RemoteKey key, FillLease lease, Frame frame, LocalEntry entry, EntrySettings settings, long epoch)
    {
        var bytes = FrameWriter.Write(key.Name, frame, settings.MayCompress ? _options.CompressionThreshold : int.MaxValue);
        _metrics.Stored(entry.Family, frame.RawLength, bytes.Length);
        StartEchoTimer(key);
        var answer = await _leases!.StoreAsync(new StoreRequest(key, lease.Token, bytes, TimeToLive(frame, key))).ConfigureAwait(false);
        if (answer is not { Succeeded: true, Value: true })
        {
            _echoes.Cancel(key.Name);
            return answer.Succeeded ? false : null;
        }

        InsertStored(entry, settings, epoch);
        return true;
    }

    /// <summary>Stores nothing: releases the lease, and with a lifetime of zero or less also removes the stored entry.</summary>
    private async ValueTask DiscardAsync<T>(Fill<T> fill, FillLease? lease, bool removesStored)
    {
        if (removesStored)
            await RemoveAsync(fill.Key, CancellationToken.None).ConfigureAwait(false);
        else
            await ReleaseAsync(lease).ConfigureAwait(false);
    }

    private ValueTask ReleaseAsync(FillLease? lease) => lease is null ? default : _leases!.ReleaseAsync(lease);

    /// <summary>The TTL of the frame in Redis: until the end of its grace, or its sliding time.</summary>
    private static TimeSpan? TimeToLive(in Frame frame, RemoteKey key) =>
        key.Sliding ?? (frame.StaleUntil == CacheClock.Never ? null : TimeSpan.FromMilliseconds(Math.Max(1, frame.StaleUntil - frame.Created)));

    /// <param name="TagEpoch">The tag table's epoch when the fill began.</param>
    /// <param name="Position">The latest removal that is known to precede the fill; null when Redis could not be reached.</param>
    private readonly record struct FillStart(int TagEpoch, long? Position);
}
