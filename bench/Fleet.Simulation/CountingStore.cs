using System.Buffers;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Fleet.Simulation;

/// <summary>What was counted, by the whole fleet.</summary>
internal sealed class Counts(int shards)
{
    public long Reads;
    public long Leases;
    public long Stores;
    public long Echoes;
    public long Invalidations;
    public long Pushes;

    /// <summary>Commands by the shard of a Redis Cluster that would have had them.</summary>
    public long[] Shards { get; } = new long[shards];
}

/// <summary>One node's way to the Redis in memory. Counts what goes over it, by the shard that the real names of the keys lead to.</summary>
internal sealed class CountingStore(FakeRemoteStore inner, RedisKeys names, Counts counts) : IRemoteStore
{
    public void Start(IRemoteObserver observer) => inner.Start(new CountingObserver(observer, counts));

    public Task PingAsync() => inner.PingAsync();

    public ValueTask<IMemoryOwner<byte>?> GetAsync(RemoteKey key)
    {
        Count(ref counts.Reads, key);
        return inner.GetAsync(key);
    }

    public Task<LeaseAnswer> AcquireAsync(LeaseRequest request)
    {
        Count(ref counts.Leases, request.Key);
        return inner.AcquireAsync(request);
    }

    public Task<bool> StoreAsync(StoreRequest request)
    {
        Count(ref counts.Stores, request.Key);
        return inner.StoreAsync(request);
    }

    public Task<long> FillIdAsync(RemoteKey key)
    {
        Count(ref counts.Echoes, key);
        return inner.FillIdAsync(key);
    }

    public Task InvalidateAsync(IReadOnlyList<RemoteKey> keys)
    {
        foreach (var key in keys)
            Count(ref counts.Invalidations, key);
        return inner.InvalidateAsync(keys);
    }

    public Task<bool[]> RemoveOlderAsync(IReadOnlyList<VersionedKey> keys)
    {
        foreach (var key in keys)
            Count(ref counts.Invalidations, key.Key);
        return inner.RemoveOlderAsync(keys);
    }

    public Task<byte[]?> PeekAsync(RemoteKey key) => inner.PeekAsync(key);

    public Task<byte[]?[]> GetManyAsync(IReadOnlyList<RemoteKey> keys) => inner.GetManyAsync(keys);

    public Task<LeaseAnswer[]> AcquireManyAsync(IReadOnlyList<LeaseRequest> requests) => inner.AcquireManyAsync(requests);

    public Task SetManyAsync(IReadOnlyList<StoreRequest> requests) => inner.SetManyAsync(requests);

    public Task<bool> ReplaceAsync(StoreRequest request, long fillId) => inner.ReplaceAsync(request, fillId);

    public Task<bool> RenewAsync(RemoteKey key, long token, TimeSpan duration) => inner.RenewAsync(key, token, duration);

    public Task ReleaseAsync(RemoteKey key, long token) => inner.ReleaseAsync(key, token);

    public Task SetTimeToLiveAsync(RemoteKey key, TimeSpan timeToLive) => inner.SetTimeToLiveAsync(key, timeToLive);

    public Task<TagChanges> ReadTagsAsync(long generation, long position) => inner.ReadTagsAsync(generation, position);

    public Task<TagChanges> RemoveTagsAsync(IReadOnlyList<string> names, IReadOnlyCollection<string> changes, long generation, long position) => inner.RemoveTagsAsync(names, changes, generation, position);

    public Task<long> RestoreTagsAsync(TagRestore lost) => inner.RestoreTagsAsync(lost);

    public Task TouchAsync(IReadOnlyList<RemoteKey> keys) => inner.TouchAsync(keys);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Count(ref long what, RemoteKey key)
    {
        Interlocked.Increment(ref what);
        Interlocked.Increment(ref counts.Shards[ClusterSlots.ShardOf(names.Frame(key)!, counts.Shards.Length)]);
    }

    private sealed class CountingObserver(IRemoteObserver inner, Counts counts) : IRemoteObserver
    {
        public void OnKeyChanged(ReadOnlySpan<char> key)
        {
            Interlocked.Increment(ref counts.Pushes);
            inner.OnKeyChanged(key);
        }

        public void OnTagChanged(string name) => inner.OnTagChanged(name);

        public void OnEverythingChanged() => inner.OnEverythingChanged();

        public void OnStreamChanged(CoherenceState state) => inner.OnStreamChanged(state);

        public void OnConnectionLost() => inner.OnConnectionLost();
    }
}
