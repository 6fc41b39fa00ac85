using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Internal.Values;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Internal.Frames;

/// <summary>Converts between values, frames of L2 and entries of L1.</summary>
/// <param name="options">Limits of size and time.</param>
/// <param name="hasRemote">False for a cache in memory alone.</param>
/// <param name="stream">Without it copies in L1 live shorter.</param>
/// <param name="tags">The removed tags.</param>
/// <param name="values">Serializers and copiers.</param>
/// <param name="clock">The clocks.</param>
/// <param name="metrics">The instruments.</param>
/// <param name="limiter">Limits the warnings about values that cannot be stored.</param>
/// <param name="logger">The log.</param>
internal sealed class EntryCodec(HotShelfCachingOptions options, bool hasRemote, StreamState stream, TagSync tags, ValueSupportFactory values, CacheClock clock, CacheMetrics metrics, LogLimiter limiter, ILogger logger)
{
    /// <summary>
    /// How long an entry of another shape is not replaced. In a rolling update that changes a type, the two versions of the application would otherwise replace each other's entries with each read.
    /// The version that finds the other's entry keeps its own value in L1 only; tracking reports its changes, because the key is the same.
    /// </summary>
    private static readonly TimeSpan s_otherShapeKept = TimeSpan.FromMinutes(1);

    /// <summary>By how much a replica of the origin may be behind. A frame that is not older keeps an older version from being stored, also when it is hidden.</summary>
    private static readonly TimeSpan s_mayBeBehind = TimeSpan.FromMinutes(1);

    /// <summary>Decodes a frame to an entry if it is valid now.</summary>
    /// <param name="key">The key.</param>
    /// <param name="family">Its family.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="bytes">The frame. The entry does not refer to it: its buffer may be reused.</param>
    /// <param name="epoch">The key's epoch before Redis was read.</param>
    /// <param name="until">Until when to wait for Redis, if its tags must be checked there.</param>
    public ValueTask<RemoteEntry<T>> DecodeAsync<T>(string key, FamilyState family, in EntrySettings settings, ReadOnlyMemory<byte> bytes, long epoch, long until)
    {
        var known = new RemoteEntry<T>(null, epoch, Frame.FillIdOf(bytes.Span));
        var rejection = FrameReader.TryRead(key, bytes, out var frame);
        var support = values.For<T>();
        if (rejection == FrameRejection.None && !support.IsOfThisType(frame))
            rejection = FrameRejection.OtherShape;
        if (rejection != FrameRejection.None)
            Report(family, rejection);
        if (rejection is not (FrameRejection.None or FrameRejection.OtherShape) || frame.StaleUntil != CacheClock.Never && frame.StaleUntil <= clock.ServerNow)
            return new(known);
        var verdict = tags.Table.Check(frame.Stamps, family.TagFamily(key));
        return verdict == TagVerdict.Unknown
            ? AskThenDecodeAsync(key, family, settings, frame, known, rejection, until)
            : new(Decode(key, family, settings, frame, known, rejection, verdict));
    }

    private async ValueTask<RemoteEntry<T>> AskThenDecodeAsync<T>(string key, FamilyState family, EntrySettings settings, Frame frame, RemoteEntry<T> known, FrameRejection rejection, long until)
    {
        var verdict = await tags.AskAsync(frame.Stamps, key, family, until).ConfigureAwait(false) ?? TagVerdict.Unknown;
        return Decode(key, family, settings, frame, known, rejection, verdict);
    }

    private RemoteEntry<T> Decode<T>(string key, FamilyState family, in EntrySettings settings, in Frame frame, in RemoteEntry<T> known, FrameRejection rejection, TagVerdict verdict)
    {
        if (verdict != TagVerdict.Current)
            return known with { IsUnavailable = verdict == TagVerdict.Unknown };
        if (rejection == FrameRejection.OtherShape)
            return known with { IsOtherShape = frame.Created > clock.ServerNow - (long)s_otherShapeKept.TotalMilliseconds };
        rejection = TryCreate(values.For<T>(), key, family, Times(family, settings, frame), frame, out var entry);
        if (rejection != FrameRejection.None)
            Report(family, rejection);
        return known with { Entry = entry };
    }

    /// <summary>Decodes a frame within its grace that a removed tag, and only a tag, hides. The entry is stale and not for L1.</summary>
    public LocalEntry<T>? DecodeHiddenByTags<T>(string key, FamilyState family, in EntrySettings settings, ReadOnlyMemory<byte> bytes)
    {
        if (FrameReader.TryRead(key, bytes, out var frame) != FrameRejection.None)
            return null;
        var times = Times(family, settings, frame);
        var now = clock.Now;
        var support = values.For<T>();
        if (times.StaleUntil <= now || !tags.Table.IsHiddenByTagsOnly(frame.Stamps, family.TagFamily(key)) || !support.IsOfThisType(frame))
            return null;
        _ = TryCreate(support, key, family, times with { FreshUntil = Math.Min(times.FreshUntil, now), LocalUntil = now }, frame, out var entry);
        return entry;
    }

    /// <summary>
    /// True of a frame that the removal of its family or of everything hides, so that it answers nothing any more, and that was written long ago: a replica of the origin that has an older version is not merely a little behind.
    /// </summary>
    public bool IsHiddenForGood(string key, FamilyState family, ReadOnlyMemory<byte> bytes) =>
        FrameReader.TryRead(key, bytes, out var frame) == FrameRejection.None && frame.Created <= clock.ServerNow - (long)s_mayBeBehind.TotalMilliseconds
        && tags.Table.IsFamilyHidden(frame.Stamps, family.TagFamily(key));

    /// <summary>An entry that is returned to the current callers and not cached. Each caller gets its own copy if the type can be copied.</summary>
    public LocalEntry<T> Transient<T>(string key, FamilyState family, T value, ReadOnlyMemory<byte>? payload = null, Stamps stamps = default)
    {
        var now = clock.Now;
        var times = new Lifetimes(0, now, now, now, now, CacheClock.Never);
        var support = values.For<T>();
        var needed = payload is null && value is not null && !support.IsImmutable;
        using var serialized = needed ? support.TrySerialize(value) : null;
        return needed && serialized is null
            ? LocalEntry<T>.Shared(key, family, times, value, stamps: stamps)
            : LocalEntry<T>.Create(key, family, times, stamps, value, isOwn: false, payload ?? serialized?.Written ?? default, support);
    }

    /// <summary>The serialized value in a pooled buffer, which the caller disposes; empty for null. Null, after it is reported, for a value that cannot be stored.</summary>
    public PooledBufferWriter? TrySerialize<T>(FamilyState family, T value)
    {
        if (value is null)
            return new PooledBufferWriter();
        PooledBufferWriter payload;
        try
        {
            payload = values.For<T>().Serialize(value);
        }
        catch (Exception exception)
        {
            // A serialization failure is a bug in the application, but the request has its value: log it and return the value uncached.
            if (limiter.MayLog(Log.SerializationFailedId, family))
                Log.SerializationFailed(logger, family.Name, exception);
            return null;
        }

        if (payload.Written.Length <= options.MaximumPayloadBytes)
            return payload;
        if (limiter.MayLog(Log.PayloadTooLargeId, family))
            Log.PayloadTooLarge(logger, family.Name, payload.Written.Length, options.MaximumPayloadBytes);
        metrics.PayloadRejected(family);
        payload.Dispose();
        return null;
    }

    public Frame FrameFor<T>(FamilyState family, in EntrySettings settings, Stamps stamps, bool isNull, ReadOnlyMemory<byte> payload)
    {
        var created = clock.ServerNow;
        var freshUntil = CacheClock.Add(created, family.Jittered(settings.Fresh));
        return new Frame
        {
            Flags = isNull ? FrameFlags.Null : FrameFlags.None,
            FillId = RandomId.New(),
            Created = created,
            FreshUntil = freshUntil,
            StaleUntil = CacheClock.Add(freshUntil, settings.Grace),
            Shape = values.For<T>().Shape,
            Stamps = stamps,
            RawLength = payload.Length,
            Payload = payload,
        };
    }

    /// <summary>The entry for L1 of a value that was loaded or written here.</summary>
    /// <param name="key">The key.</param>
    /// <param name="family">Its family.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="value">The value.</param>
    /// <param name="isTracked">False when the frame is not stored in L2, so that tracking does not report changes.</param>
    public LocalEntry<T> EntryFor<T>(string key, FamilyState family, in EntrySettings settings, in Frame frame, T value, bool isTracked)
    {
        var times = Times(family, settings, frame);
        // Use the short lifetime, as while the stream is lost.
        if (!isTracked && hasRemote && settings.WriteRemote)
            times = times with { LocalUntil = Math.Min(times.LocalUntil, CacheClock.Add(clock.Now, options.IncoherentLocal)) };
        return LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: false, frame.Payload, values.For<T>());
    }

    /// <summary>The command that stores a frame. When Redis has answered, its frame is returned to the pool.</summary>
    public StoreRequest Encode(RemoteKey key, long token, FamilyState family, in EntrySettings settings, in Frame frame)
    {
        var bytes = FrameWriter.Write(key.Name, frame, settings.MayCompress ? options.CompressionThreshold : int.MaxValue);
        metrics.Stored(family, frame.RawLength, bytes.Length);
        return new StoreRequest(key, token, bytes, key.Sliding ?? TimeToLive(frame, frame.Created));
    }

    /// <summary>The command that stores the same value as stale, under a new fill id; null when the frame is unreadable.</summary>
    public StoreRequest? EncodeStale(RemoteKey key, in Frame frame)
    {
        var now = clock.ServerNow;
        if (FrameReader.TryReadPayload(frame, options.MaximumPayloadBytes, out var payload) != FrameRejection.None)
            return null;
        using var returned = payload;
        var grace = frame.StaleUntil == CacheClock.Never ? CacheClock.Never : frame.StaleUntil - frame.FreshUntil;
        var stale = frame with { FillId = RandomId.New(), FreshUntil = now, StaleUntil = grace == CacheClock.Never ? grace : Math.Min(frame.StaleUntil, now + grace), Payload = payload.Bytes };
        return new StoreRequest(key, 0, FrameWriter.Write(key.Name, stale, frame.IsCompressed ? options.CompressionThreshold : int.MaxValue), TimeToLive(stale, now));
    }

    /// <summary>The entry of a frame of this type.</summary>
    private FrameRejection TryCreate<T>(ValueSupport<T> support, string key, FamilyState family, in Lifetimes times, in Frame frame, out LocalEntry<T>? entry)
    {
        entry = null;
        var rejection = FrameReader.TryReadPayload(frame, options.MaximumPayloadBytes, out var payload);
        if (rejection != FrameRejection.None)
            return rejection;
        using var returned = payload;
        var value = default(T)!;
        if (!frame.IsNull && !support.TryDeserialize(payload.Bytes, out value))
            return FrameRejection.NotDeserializable;
        entry = LocalEntry<T>.Create(key, family, times, frame.Stamps, value, isOwn: true, payload.Bytes, support);
        return FrameRejection.None;
    }

    private void Report(FamilyState family, FrameRejection rejection)
    {
        metrics.FrameRejected(family, rejection);
        Log.FrameRejected(logger, family.Name, rejection);
    }

    /// <summary>The TTL of a frame in Redis: until the end of its grace.</summary>
    private static TimeSpan? TimeToLive(in Frame frame, long from) =>
        frame.StaleUntil == CacheClock.Never ? null : TimeSpan.FromMilliseconds(Math.Max(1, frame.StaleUntil - from));

    /// <summary>Converts lifetimes to this process' clock and applies the limits of L1.</summary>
    private Lifetimes Times(FamilyState family, in EntrySettings settings, in Frame frame)
    {
        var now = clock.Now;
        var offset = clock.SteadyOffset;
        var created = CacheClock.Move(frame.Created, offset);
        var freshUntil = CacheClock.Move(frame.FreshUntil, offset);
        var staleUntil = CacheClock.Move(frame.StaleUntil, offset);
        // Without Redis there is no second level, so copies live as long as the entries themselves.
        var local = !hasRemote && settings.Sliding is null && !settings.LocalIsGiven ? TimeSpan.MaxValue : settings.Local ?? TimeSpan.Zero;
        if (hasRemote && !stream.IsTracking && local > options.IncoherentLocal)
            local = options.IncoherentLocal;
        var localUntil = Math.Min(CacheClock.Add(now, family.Jittered(local)), staleUntil);
        var refreshAt = family.Policy.EagerRefresh is { } share && freshUntil != CacheClock.Never ? created + (long)((freshUntil - created) * share) : CacheClock.Never;
        return new Lifetimes(frame.FillId, created, freshUntil, staleUntil, localUntil, refreshAt) { Version = frame.Version };
    }
}

/// <param name="Entry">The valid entry, or null.</param>
/// <param name="Epoch">The key's epoch before Redis was read.</param>
/// <param name="KnownFillId">The fill id of the frame in Redis, valid or not.</param>
internal readonly record struct RemoteEntry<T>(LocalEntry<T>? Entry, long Epoch, long KnownFillId)
{
    /// <summary>True when there is a recent entry of another shape, which is not replaced.</summary>
    public bool IsOtherShape { get; init; }

    /// <summary>True when Redis could not be read, so it is unknown whether there is an entry.</summary>
    public bool IsUnavailable { get; init; }
}
