using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>What Redis is to the cache, in memory: frames, leases and stamps, each step atomic, and every change told to every connected store.</summary>
internal sealed partial class FakeRemoteServer(TimeProvider time, Mutation mutation = Mutation.None)
{
    private readonly Lock _lock = new();
    private Dictionary<RemoteKey, (byte[] Frame, DateTimeOffset Until)> _frames = [];
    private Dictionary<string, (long Token, DateTimeOffset Until, long Least)> _leases = new(StringComparer.Ordinal);
    private Dictionary<RemoteKey, (long Version, DateTimeOffset Until)> _removed = [];
    private readonly List<FakeRemoteStore> _stores = [];

    public TimeProvider Time => time;

    private DateTimeOffset Now => time.GetUtcNow();

    private long Microseconds => (Now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public void Connect(FakeRemoteStore store)
    {
        lock (_lock)
            _stores.Add(store);
    }

    public byte[]? Peek(RemoteKey key)
    {
        lock (_lock)
            return Live(key);
    }

    public byte[]? Get(RemoteKey key)
    {
        lock (_lock)
        {
            var frame = Live(key);
            if (frame is not null && key.Sliding is { } sliding)
                _frames[key] = (frame, Until(sliding));
            return frame;
        }
    }

    public void Touch(RemoteKey key, TimeSpan timeToLive)
    {
        lock (_lock)
        {
            if (Live(key) is { } frame)
                _frames[key] = (frame, Until(timeToLive));
        }
    }

    public LeaseAnswer Acquire(LeaseRequest request)
    {
        lock (_lock)
        {
            var now = Microseconds;
            if (request.Known is { } known && Live(request.Key) is { } frame && HotShelf.Caching.Internal.Frames.Frame.FillIdOf(frame) != known)
                return new(LeaseStatus.Present, now, frame);
            if (_leases.TryGetValue(request.Key.Name, out var held) && held.Until > Now && held.Token != request.Token && mutation != Mutation.LeaseForEveryone)
                return new(LeaseStatus.Held, now, null);
            _leases[request.Key.Name] = (request.Token, Until(request.Duration), 0);
            return new(LeaseStatus.Acquired, now, null);
        }
    }

    public bool IsLeased(string key)
    {
        lock (_lock)
            return _leases.TryGetValue(key, out var held) && held.Until > Now;
    }

    /// <summary>The frame is gone without a push, as when it was lost with its server.</summary>
    public void Forget(RemoteKey key)
    {
        lock (_lock)
            _frames.Remove(key);
    }

    public bool Renew(RemoteKey key, long token, TimeSpan duration)
    {
        lock (_lock)
        {
            if (!Holds(key.Name, token))
                return false;
            _leases[key.Name] = _leases[key.Name] with { Until = Until(duration) };
            return true;
        }
    }

    public bool Store(StoreRequest request)
    {
        lock (_lock)
        {
            if (!Holds(request.Key.Name, request.Token))
                return false;
            var version = VersionOf(request.Frame);
            var latest = Math.Max(VersionOf(Live(request.Key)), _removed.TryGetValue(request.Key, out var removed) && removed.Until > Now ? removed.Version : 0);
            if (mutation != Mutation.StoreIgnoresVersions && (version < _leases[request.Key.Name].Least || version > 0 && version < latest))
            {
                Release(request.Key, request.Token);
                return false;
            }

            Put(request);
            return true;
        }
    }

    public void Set(StoreRequest request)
    {
        lock (_lock)
            Put(request);
    }

    public bool Replace(StoreRequest request, long fillId)
    {
        lock (_lock)
        {
            if (Live(request.Key) is not { } frame || HotShelf.Caching.Internal.Frames.Frame.FillIdOf(frame) != fillId)
                return false;
            Put(request);
            return true;
        }
    }

    public void Release(RemoteKey key, long token)
    {
        lock (_lock)
        {
            if (!Holds(key.Name, token))
                return;
            _leases.Remove(key.Name);
            if (Live(key) is null)
                Tell(key);
        }
    }

    public void Invalidate(RemoteKey key)
    {
        lock (_lock)
        {
            _frames.Remove(key);
            if (mutation != Mutation.InvalidationKeepsLease)
                _leases.Remove(key.Name);
            Tell(key with { Sliding = null });
        }
    }

    public bool RemoveOlder(VersionedKey older)
    {
        lock (_lock)
        {
            var (key, version) = older;
            if (_leases.TryGetValue(key.Name, out var held))
                _leases[key.Name] = held with { Least = Math.Max(held.Least, version) };
            if (VersionOf(Live(key)) >= version)
                return false;
            var isTold = _removed.TryGetValue(key, out var removed) && removed.Until > Now && removed.Version >= version;
            if (!isTold)
                _removed[key] = (version, Until(TimeSpan.FromSeconds(10)));
            if (Live(key) is null && isTold)
                return false;
            _frames.Remove(key);
            Tell(key with { Sliding = null });
            return true;
        }
    }

    /// <summary>All that is stored, to go back to: what a failover or a restart keeps.</summary>
    public FakeSnapshot Snapshot()
    {
        lock (_lock)
            return new(new(_frames), new(_leases, StringComparer.Ordinal), new(_removed), _ledger?.Copy());
    }

    /// <summary>The server is one with this state now; null for none. Nothing is reported: every stream is broken by it.</summary>
    public void Become(FakeSnapshot? snapshot)
    {
        lock (_lock)
        {
            _frames = new(snapshot?.Frames ?? []);
            _leases = new(snapshot?.Leases ?? [], StringComparer.Ordinal);
            _removed = new(snapshot?.Removed ?? []);
            _ledger = snapshot?.Ledger?.Copy();
        }
    }

    /// <summary>The lease is gone, as when it was evicted.</summary>
    public void ForgetLease(string key)
    {
        lock (_lock)
            _leases.Remove(key);
    }

    public int LeaseCount
    {
        get { lock (_lock) return _leases.Values.Count(lease => lease.Until > Now); }
    }

    /// <summary>What any other client of the server may do to a key.</summary>
    public void SetByForeigner(RemoteKey key, byte[]? frame)
    {
        lock (_lock)
        {
            if (frame is null)
                _frames.Remove(key);
            else
                _frames[key] = (frame, DateTimeOffset.MaxValue);
            Tell(key);
        }
    }

    private byte[]? Live(RemoteKey key) => _frames.TryGetValue(key, out var found) && found.Until > Now ? found.Frame : null;

    private static long VersionOf(ReadOnlyMemory<byte> frame) => HotShelf.Caching.Internal.Frames.FrameReader.TryReadHeader(frame.Span, out var header) ? header.Version : 0;

    private bool Holds(string key, long token) => _leases.TryGetValue(key, out var held) && held.Token == token && held.Until > Now;

    private void Put(StoreRequest request)
    {
        _leases.Remove(request.Key.Name);
        _frames[request.Key] = (request.Frame.ToArray(), request.TimeToLive is { } span ? Until(span) : DateTimeOffset.MaxValue);
        Tell(request.Key);
    }

    private DateTimeOffset Until(TimeSpan span) => span > TimeSpan.FromDays(100_000) ? DateTimeOffset.MaxValue : Now + span;

    private void Tell(RemoteKey key)
    {
        // As in Redis: sliding entries lie outside of the tracked prefix.
        if (key.Sliding is not null)
            return;
        foreach (var store in _stores)
            store.Push(observer => observer.OnKeyChanged(key.Name));
    }
}

internal sealed record FakeSnapshot(
    Dictionary<RemoteKey, (byte[] Frame, DateTimeOffset Until)> Frames, Dictionary<string, (long Token, DateTimeOffset Until, long Least)> Leases,
    Dictionary<RemoteKey, (long Version, DateTimeOffset Until)> Removed, FakeLedger? Ledger);
