using System.Buffers;
using System.Buffers.Binary;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;
using Microsoft.Extensions.Caching.Distributed;

namespace HotShelf.Caching.Distributed;

/// <summary>
/// <see cref="IDistributedCache"/> over the same connection and key space, for other data of the framework: sessions, antiforgery, data
/// protection. Entries use the same format and belong to the family <c>distributed</c>; they are not kept in L1. A failure of Redis is a miss, never an
/// exception.
/// </summary>
internal sealed class HotShelfDistributedCache(Invalidations invalidations, RemoteGuard remote, CacheClock clock, HotShelfCachingOptions caching) : IBufferDistributedCache
{
    /// <summary>The sliding window in milliseconds precedes the bytes of the caller; 0 for none.</summary>
    private const int PrefixLength = sizeof(long);

    private static readonly ulong s_shape = Internal.Values.JsonShape.Fingerprint("IDistributedCache");

    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public bool TryGet(string key, IBufferWriter<byte> destination) => TryGetAsync(key, destination).AsTask().GetAwaiter().GetResult();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => SetAsync(key, value, options).GetAwaiter().GetResult();

    public void Set(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options) => SetAsync(key, value, options).AsTask().GetAwaiter().GetResult();

    public void Refresh(string key) => RefreshAsync(key).GetAwaiter().GetResult();

    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        using var payload = await ReadAsync(key, token).ConfigureAwait(false);
        return payload.Bytes.IsEmpty ? null : payload.Bytes[PrefixLength..].ToArray();
    }

    public async ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var payload = await ReadAsync(key, token).ConfigureAwait(false);
        if (payload.Bytes.IsEmpty)
            return false;
        destination.Write(payload.Bytes.Span[PrefixLength..]);
        return true;
    }

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        return SetAsync(key, new ReadOnlySequence<byte>(value), options, token).AsTask();
    }

    public async ValueTask SetAsync(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        token.ThrowIfCancellationRequested();
        var (began, created) = (clock.Now, clock.ServerNow);
        var until = Until(options, created);
        var sliding = (long)(options.SlidingExpiration?.TotalMilliseconds ?? 0);
        var payload = new byte[PrefixLength + value.Length];
        BinaryPrimitives.WriteInt64LittleEndian(payload, sliding);
        value.CopyTo(payload.AsSpan(PrefixLength));
        var frame = new Frame
        {
            Flags = FrameFlags.None,
            FillId = Random.Shared.NextInt64(1, long.MaxValue),
            Created = created,
            FreshUntil = until,
            StaleUntil = until,
            Shape = s_shape,
            Stamps = new Stamps(0, 0, []),
            RawLength = payload.Length,
            Payload = payload,
        };
        var name = NameOf(key);
        var request = new StoreRequest(KeyOf(key), 0, FrameWriter.Write(name, frame, caching.CompressionThreshold), TimeToLive(sliding, until, created));
        // What was removed before and could not be told would remove this value too.
        if (await invalidations.BecomesRemoteCurrentAsync(request.Key).ConfigureAwait(false) && await remote.SetAsync(request).ConfigureAwait(false))
            invalidations.OnSet(name, began);
        else
            invalidations.Queue(KeyOf(key));
    }

    public async Task RefreshAsync(string key, CancellationToken token = default) => await ReadAsync(key, token).ConfigureAwait(false);

    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        token.ThrowIfCancellationRequested();
        return invalidations.RemoveRemoteAsync(KeyOf(key)).AsTask();
    }

    private static string NameOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return "distributed:" + key;
    }

    /// <summary>Stored as sliding, outside of the tracked prefix: no L1 holds it, and its touches need no pushes.</summary>
    private static RemoteKey KeyOf(string key) => new(NameOf(key), TimeSpan.Zero);

    /// <summary>The stored payload, prefix included; empty when there is none.</summary>
    private async ValueTask<FramePayload> ReadAsync(string key, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        // Redis still holds what a pending invalidation removes.
        if (!await invalidations.BecomesRemoteCurrentAsync(KeyOf(key)).ConfigureAwait(false))
            return default;
        var answer = await remote.RunAsync(KeyOf(key), static (store, key) => store.PeekAsync(key)).ConfigureAwait(false);
        if (answer.Value is not { } bytes || FrameReader.TryRead(NameOf(key), bytes, out var frame) != FrameRejection.None
            || frame.Shape != s_shape || frame.StaleUntil <= clock.ServerNow
            || FrameReader.TryReadPayload(frame, int.MaxValue, out var payload) != FrameRejection.None)
        {
            return default;
        }

        if (payload.Bytes.Length < PrefixLength)
        {
            payload.Dispose();
            return default;
        }

        var sliding = BinaryPrimitives.ReadInt64LittleEndian(payload.Bytes.Span);
        if (sliding > 0)
            await remote.RunAsync((Key: KeyOf(key), Time: TimeToLive(sliding, frame.StaleUntil, clock.ServerNow)!.Value), static (store, touch) => store.SetTimeToLiveAsync(touch.Key, touch.Time)).ConfigureAwait(false);
        return payload;
    }

    private static long Until(DistributedCacheEntryOptions options, long now)
    {
        var until = CacheClock.Never;
        if (options.AbsoluteExpirationRelativeToNow is { } relative)
            until = CacheClock.Add(now, relative);
        else if (options.AbsoluteExpiration is { } absolute)
            until = absolute.ToUnixTimeMilliseconds();
        return until > now ? until : throw new ArgumentOutOfRangeException(nameof(options), options.AbsoluteExpiration, "The absolute expiration must be in the future.");
    }

    private static TimeSpan? TimeToLive(long sliding, long until, long now)
    {
        var left = until == CacheClock.Never ? long.MaxValue : Math.Max(1, until - now);
        if (sliding > 0)
            left = Math.Min(left, sliding);
        return left == long.MaxValue ? null : TimeSpan.FromMilliseconds(left);
    }
}
