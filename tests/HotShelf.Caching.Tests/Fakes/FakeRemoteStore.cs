using System.Buffers;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>One node's way to a <see cref="FakeRemoteServer"/>. Its pushes come at once, before the answer that belongs to them, unless the test holds them back.</summary>
internal sealed class FakeRemoteStore(FakeRemoteServer server) : IRemoteStore
{
    private readonly Lock _lock = new();
    private readonly Queue<Action<IRemoteObserver>> _held = new();
    private IRemoteObserver? _observer;
    private bool _holds;
    private bool _isLost;

    public FakeRemoteServer Server => server;

    /// <summary>How the server evicts; null when it does not.</summary>
    public string? EvictionPolicy { get; init; }

    public void Start(IRemoteObserver observer)
    {
        _observer = observer;
        server.Connect(this);
        observer.OnStreamChanged(CoherenceState.Tracking);
    }

    /// <summary>From now on pushes wait.</summary>
    public void HoldPushes()
    {
        lock (_lock)
            _holds = true;
    }

    /// <summary>Delivers what waited, in its order, and goes on at once from then on.</summary>
    public void DeliverPushes()
    {
        while (Next() is { } push)
            push(_observer!);
    }

    /// <summary>The stream breaks: what is told meanwhile is never heard.</summary>
    public void LoseStream()
    {
        lock (_lock)
        {
            _isLost = true;
            _held.Clear();
        }

        // Outside the lock: the observer runs commands, and the server pushes while it runs one.
        _observer!.OnStreamChanged(CoherenceState.Lost);
    }

    public void RestoreStream()
    {
        lock (_lock)
            _isLost = false;
        _observer!.OnStreamChanged(CoherenceState.Tracking);
    }

    public void Push(Action<IRemoteObserver> push)
    {
        lock (_lock)
        {
            if (_isLost)
                return;
            if (_holds)
            {
                _held.Enqueue(push);
                return;
            }
        }

        push(_observer!);
    }

    public Task<string?> EvictionPolicyAsync() => Task.FromResult(EvictionPolicy);

    public Task PingAsync() => Task.CompletedTask;

    public ValueTask<IMemoryOwner<byte>?> GetAsync(RemoteKey key) => new(server.Get(key) is { } frame ? new PoisonedWhenDisposed([.. frame]) : null);

    public Task SetTimeToLiveAsync(RemoteKey key, TimeSpan timeToLive)
    {
        server.Touch(key, timeToLive);
        return Task.CompletedTask;
    }

    public Task<byte[]?> PeekAsync(RemoteKey key) => Task.FromResult(server.Peek(key));

    public Task<byte[]?[]> GetManyAsync(IReadOnlyList<RemoteKey> keys) => Task.FromResult(keys.Select(server.Get).ToArray());

    public Task<LeaseAnswer> AcquireAsync(LeaseRequest request) => Task.FromResult(server.Acquire(request));

    public Task<LeaseAnswer[]> AcquireManyAsync(IReadOnlyList<LeaseRequest> requests) => Task.FromResult(requests.Select(server.Acquire).ToArray());

    public Task<bool> StoreAsync(StoreRequest request) => Task.FromResult(server.Store(request));

    public Task SetManyAsync(IReadOnlyList<StoreRequest> requests)
    {
        foreach (var request in requests)
            server.Set(request);
        return Task.CompletedTask;
    }

    public Task<bool> ReplaceAsync(StoreRequest request, long fillId) => Task.FromResult(server.Replace(request, fillId));

    public Task<bool> RenewAsync(RemoteKey key, long token, TimeSpan duration) => Task.FromResult(server.Renew(key, token, duration));

    public Task ReleaseAsync(RemoteKey key, long token)
    {
        server.Release(key, token);
        return Task.CompletedTask;
    }

    public Task InvalidateAsync(IReadOnlyList<RemoteKey> keys)
    {
        foreach (var key in keys)
            server.Invalidate(key);
        return Task.CompletedTask;
    }

    public Task<bool[]> RemoveOlderAsync(IReadOnlyList<VersionedKey> keys) => Task.FromResult(keys.Select(server.RemoveOlder).ToArray());

    public Task<long> FillIdAsync(RemoteKey key) =>
        Task.FromResult(server.Peek(key) is { } frame ? HotShelf.Caching.Internal.Frames.Frame.FillIdOf(frame) : 0);

    public Task<TagChanges> ReadTagsAsync(long generation, long position) => Task.FromResult(server.ReadTags(generation, position));

    public Task<TagChanges> RemoveTagsAsync(IReadOnlyList<string> names, IReadOnlyCollection<string> changes, long generation, long position) => Task.FromResult(server.RemoveTags(names, changes, generation, position));

    public Task<long> RestoreTagsAsync(TagRestore lost) => Task.FromResult(server.RestoreTags(lost));

    public Task TouchAsync(IReadOnlyList<RemoteKey> keys) => Task.CompletedTask;

    public ValueTask DisposeAsync() => default;

    private Action<IRemoteObserver>? Next()
    {
        lock (_lock)
        {
            if (_held.TryDequeue(out var push))
                return push;
            _holds = false;
            return null;
        }
    }
}
