using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal;

/// <summary>Promises 5, 6, 8 and 11: running the loader, and storing its result only if nothing was invalidated since it began.</summary>
internal sealed partial class HotShelfCache
{
    /// <summary>Runs the loader under its family's limits and stores what it gave. Without a lease nothing is stored in L2.</summary>
    private async ValueTask<Outcome<T>> LoadAsync<T>(Fill<T> fill, FillLease? lease)
    {
        var started = _clock.Provider.GetTimestamp();
        var epoch = _local.EpochOf(fill.Key);
        var context = new CacheFillContext(fill.Key);
        T value;
        FillStart start;
        // The last caller left: whoever comes next need not wait for a loader that does not heed its cancellation.
        using var abandoned = lease is null ? default : fill.CancellationToken.UnsafeRegister(_ => _ = _leases!.ReleaseAsync(lease).AsTask(), null);
        try
        {
            var holdsPlace = await fill.Family.Gate.EnterAsync([fill.Flight], _clock.Provider, fill.CancellationToken).ConfigureAwait(false);
            try
            {
                start = await BeginFillAsync(fill, lease).ConfigureAwait(false);
                fill.Family.Counters.Fills.Increment();
                value = await RunLoaderAsync(fill, context).ConfigureAwait(false);
                // Nobody waits any more, and a newer fill may have been stored meanwhile.
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
            _journal?.Filled(fill.Family, [fill.Key], _clock.Provider.GetElapsedTime(started), FillOutcome.Failed);
            return FailSafe(fill, exception);
        }

        var took = _clock.Provider.GetElapsedTime(started);
        _metrics.FillTook(fill.Family, took);
        Outcome<T> outcome;
        try
        {
            outcome = await KeepAsync(fill, lease, start, epoch, value, context).ConfigureAwait(false);
        }
        finally
        {
            // Nothing is left to release, unless making the entry failed.
            await ReleaseAsync(lease).ConfigureAwait(false);
        }

        _journal?.Filled(fill.Family, [fill.Key], took, outcome.Stored ? FillOutcome.Stored : FillOutcome.NotStored);
        return outcome;
    }

    /// <summary>The origin failed: a copy inside its grace is better than an error, if L1 has kept one that L2 could not give.</summary>
    private Outcome<T> FailSafe<T>(Fill<T> fill, Exception exception)
    {
        fill.Family.Counters.FillErrors.Increment();
        if (!fill.ServesStale || KeptCopy<T>(fill.Key) is not { } kept)
            return Rethrow<T>(exception);
        ThrottleRefresh(fill.Key, fill.Family, exception);
        return new Outcome<T>(kept, CacheTier.L1, CacheResult.Stale, Stored: false);
    }

    /// <summary>A copy inside its grace that L1 has kept, though it may not answer with it by itself any more.</summary>
    private LocalEntry<T>? KeptCopy<T>(string key) =>
        _local.Find(key) is LocalEntry<T> kept && _clock.Now < kept.Times.StaleUntil && _tags.Check(kept) != TagVerdict.Hidden ? kept : null;

    private static Outcome<T> Rethrow<T>(Exception exception)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception);
        return default;
    }

    /// <summary>Notes the position among removed tags at which the fill begins: after the lease was taken, before the loader runs.</summary>
    private async ValueTask<FillStart> BeginFillAsync<T>(Fill<T> fill, FillLease? lease)
    {
        var epoch = _tags.Epoch;
        return _remote is not null && lease is null && fill.Settings.WriteRemote
            ? new FillStart(epoch, null)
            : new FillStart(epoch, await PositionAsync(fill.Key, fill.Family, fill.Tags).ConfigureAwait(false));
    }

    private ValueTask<long?> PositionAsync(string key, Families.FamilyState family, string[] tags) =>
        _tagSync is null ? new(_tags.Position) : _tagSync.PositionAsync(key, family, tags);

    private async ValueTask<Outcome<T>> KeepAsync<T>(Fill<T> fill, FillLease? lease, FillStart start, long epoch, T value, CacheFillContext context)
    {
        var settings = fill.Settings.With(context);
        if (value is null)
            settings = settings.ForNegative(fill.Family.Policy);
        var isAsked = context.MayStore && settings.MayStore && (context.Tags.Count == 0 || AreUsable(fill.Family, context.Tags));
        byte[]? payload = null;
        if (isAsked && !TrySerialize(fill, value, out payload))
            isAsked = false;
        if (!isAsked)
        {
            await ForgetAsync(fill, lease, removesStored: context.MayStore && !settings.MayStore && value is not null).ConfigureAwait(false);
            return new Outcome<T>(Unstored(fill.Key, fill.Family, value, payload), CacheTier.Origin, CacheResult.Miss, Stored: false);
        }

        Stamps stamps = start.Position is { } position ? Stamps.At(position, [.. fill.Tags, .. context.Tags.Except(fill.Tags, StringComparer.Ordinal)]) : default;
        // Not worth storing. What is removed from now on is seen when the entry is read.
        if (_tags.Check(stamps, fill.Family.TagFamily(fill.Key)) == TagVerdict.Hidden)
        {
            await ReleaseAsync(lease).ConfigureAwait(false);
            return new Outcome<T>(Unstored(fill.Key, fill.Family, value, payload), CacheTier.Origin, CacheResult.Miss, Stored: false);
        }

        // Before the entry gets its lifetime in L1: should the stream break in between, it must not be inserted with the long one.
        var storing = _local.EpochOf(fill.Key);
        var mayShare = lease is not null && stamps.Tags is not null;
        var frame = FrameFor(fill.Family, settings, stamps, value is null, _values.For<T>().Shape, payload!);
        var entry = EntryFor(fill.Key, fill.Family, settings, frame, value, mayShare);
        if (mayShare)
        {
            var stored = await StoreAsync(fill.RemoteKey, lease!, frame, entry, settings, storing).ConfigureAwait(false);
            if (stored is null && ReplacesUnheard(fill))
                _local.Invalidate(fill.Key);
            return new Outcome<T>(entry, CacheTier.Origin, CacheResult.Miss, stored ?? false);
        }

        await ReleaseAsync(lease).ConfigureAwait(false);
        entry.FilledAtTagEpoch = start.TagEpoch;
        return new Outcome<T>(entry, CacheTier.Origin, CacheResult.Miss, ReplacesUnheard(fill) ? ReplaceLocal(entry, settings, epoch) : InsertLocal(entry, settings, epoch));
    }

    /// <summary>Whether this is a requested refresh whose value Redis could not take. What Redis holds is then removed once it is back, and not read before; the caller removes or replaces the copy in L1.</summary>
    private bool ReplacesUnheard<T>(Fill<T> fill)
    {
        if (fill.ServesStale || _remote is null || !fill.Settings.WriteRemote)
            return false;
        Remember([fill.RemoteKey]);
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
            // A value that cannot be serialized is a defect of the application, and yet no reason to fail a request that has its answer.
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

    private LocalEntry<T> EntryFor<T>(string key, Families.FamilyState family, in EntrySettings settings, in Frame frame, T value, bool isShared)
    {
        var times = Times(family, settings, frame);
        if (!isShared && _remote is not null && settings.WriteRemote)
        {
            // Not in L2, so no push will ever tell of its end: a short life, as while the stream is lost.
            times = times with { LocalUntil = Math.Min(times.LocalUntil, CacheClock.Add(_clock.Now, _options.IncoherentLocal)) };
        }

        return LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: false, frame.Payload, _values.For<T>());
    }

    /// <summary>Stores under the lease. Without it (false), something was invalidated since the load began, and the value is only for those who waited; null when Redis could not be asked.</summary>
    private async ValueTask<bool?> StoreAsync(RemoteKey key, FillLease lease, Frame frame, LocalEntry entry, EntrySettings settings, long epoch)
    {
        var bytes = FrameWriter.Write(key.Name, frame, settings.MayCompress ? _options.CompressionThreshold : int.MaxValue);
        _metrics.Stored(entry.Family, frame.RawLength, bytes.Length);
        ExpectEcho(key);
        var answer = await _leases!.StoreAsync(new StoreRequest(key, lease.Token, bytes, TimeToLive(frame, key))).ConfigureAwait(false);
        if (answer is not { Succeeded: true, Value: true })
        {
            _echoes.Forget(key.Name);
            return answer.Succeeded ? false : null;
        }

        InsertOwn(entry, settings, epoch);
        return true;
    }

    /// <summary>Nothing is to be stored: the lease ends, and with a lifetime of zero or less what was stored goes too.</summary>
    private async ValueTask ForgetAsync<T>(Fill<T> fill, FillLease? lease, bool removesStored)
    {
        if (removesStored)
            await RemoveAsync(fill.Key, CancellationToken.None).ConfigureAwait(false);
        else
            await ReleaseAsync(lease).ConfigureAwait(false);
    }

    private ValueTask ReleaseAsync(FillLease? lease) => lease is null ? default : _leases!.ReleaseAsync(lease);

    /// <summary>How long Redis keeps the frame: until it is expired, or as long as it slides.</summary>
    private static TimeSpan? TimeToLive(in Frame frame, RemoteKey key) =>
        key.Sliding ?? (frame.StaleUntil == CacheClock.Never ? null : TimeSpan.FromMilliseconds(Math.Max(1, frame.StaleUntil - frame.Created)));

    /// <param name="TagEpoch">The tag table's epoch when the fill began.</param>
    /// <param name="Position">The removals that the fill began after; null when Redis could not be asked.</param>
    private readonly record struct FillStart(int TagEpoch, long? Position);
}
