using System.Buffers;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>The operations of <see cref="IRemoteStore"/> by name.</summary>
public enum RemoteOperation
{
    Ping,
    Get,
    Peek,
    SetTimeToLive,
    GetMany,
    Acquire,
    AcquireMany,
    Store,
    SetMany,
    Replace,
    Release,
    Renew,
    Invalidate,
    RemoveOlder,
    FillId,
    ReadTags,
    RemoveTags,
    RestoreTags,
    Touch,
    EvictionPolicy,
}

/// <summary>Stands between the cache and a store; every operation, and everything that is told, passes one method.</summary>
internal abstract class InterceptingStore(IRemoteStore inner) : IRemoteStore
{
    protected abstract Task<T> RunAsync<T>(RemoteOperation operation, string key, Func<Task<T>> call);

    protected virtual IRemoteObserver Wrap(IRemoteObserver observer) => observer;

    protected virtual Task<bool> StoreInnerAsync(StoreRequest request) => inner.StoreAsync(request);

    protected virtual Task SetManyInnerAsync(IReadOnlyList<StoreRequest> requests) => inner.SetManyAsync(requests);

    protected IRemoteStore Inner => inner;

    public void Start(IRemoteObserver observer) => inner.Start(Wrap(observer));

    public Task PingAsync() => RunAsync(RemoteOperation.Ping, "", Done(inner.PingAsync));

    public ValueTask<IMemoryOwner<byte>?> GetAsync(RemoteKey key) => new(RunAsync(RemoteOperation.Get, key.Name, () => inner.GetAsync(key).AsTask()));

    public Task SetTimeToLiveAsync(RemoteKey key, TimeSpan timeToLive) => RunAsync(RemoteOperation.SetTimeToLive, key.Name, Done(() => inner.SetTimeToLiveAsync(key, timeToLive)));

    public Task<byte[]?> PeekAsync(RemoteKey key) => RunAsync(RemoteOperation.Peek, key.Name, () => inner.PeekAsync(key));

    public Task<byte[]?[]> GetManyAsync(IReadOnlyList<RemoteKey> keys) => RunAsync(RemoteOperation.GetMany, keys[0].Name, () => inner.GetManyAsync(keys));

    public Task<LeaseAnswer> AcquireAsync(LeaseRequest request) => RunAsync(RemoteOperation.Acquire, request.Key.Name, () => inner.AcquireAsync(request));

    public Task<LeaseAnswer[]> AcquireManyAsync(IReadOnlyList<LeaseRequest> requests) =>
        RunAsync(RemoteOperation.AcquireMany, requests[0].Key.Name, () => inner.AcquireManyAsync(requests));

    public Task<bool> StoreAsync(StoreRequest request) => RunAsync(RemoteOperation.Store, request.Key.Name, () => StoreInnerAsync(request));

    public Task SetManyAsync(IReadOnlyList<StoreRequest> requests) =>
        RunAsync(RemoteOperation.SetMany, requests[0].Key.Name, Done(() => SetManyInnerAsync(requests)));

    public Task<bool> ReplaceAsync(StoreRequest request, long fillId) =>
        RunAsync(RemoteOperation.Replace, request.Key.Name, () => inner.ReplaceAsync(request, fillId));

    public Task<bool> RenewAsync(RemoteKey key, long token, TimeSpan duration) => RunAsync(RemoteOperation.Renew, key.Name, () => inner.RenewAsync(key, token, duration));

    public Task ReleaseAsync(RemoteKey key, long token) => RunAsync(RemoteOperation.Release, key.Name, Done(() => inner.ReleaseAsync(key, token)));

    public Task InvalidateAsync(IReadOnlyList<RemoteKey> keys) => RunAsync(RemoteOperation.Invalidate, keys[0].Name, Done(() => inner.InvalidateAsync(keys)));

    public Task<bool[]> RemoveOlderAsync(IReadOnlyList<VersionedKey> keys) => RunAsync(RemoteOperation.RemoveOlder, keys[0].Key.Name, () => inner.RemoveOlderAsync(keys));

    public Task<long> FillIdAsync(RemoteKey key) => RunAsync(RemoteOperation.FillId, key.Name, () => inner.FillIdAsync(key));

    public Task<TagChanges> ReadTagsAsync(long generation, long position) => RunAsync(RemoteOperation.ReadTags, "", () => inner.ReadTagsAsync(generation, position));

    public Task<TagChanges> RemoveTagsAsync(IReadOnlyList<string> names, IReadOnlyCollection<string> changes, long generation, long position) =>
        RunAsync(RemoteOperation.RemoveTags, names[0], () => inner.RemoveTagsAsync(names, changes, generation, position));

    public Task<long> RestoreTagsAsync(TagRestore lost) => RunAsync(RemoteOperation.RestoreTags, "", () => inner.RestoreTagsAsync(lost));

    public Task TouchAsync(IReadOnlyList<RemoteKey> keys) => RunAsync(RemoteOperation.Touch, keys[0].Name, Done(() => inner.TouchAsync(keys)));

    public Task<string?> EvictionPolicyAsync() => RunAsync(RemoteOperation.EvictionPolicy, "", inner.EvictionPolicyAsync);

    public virtual bool IsRefusal(Exception failure) => inner.IsRefusal(failure);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static Func<Task<bool>> Done(Func<Task> call) => async () =>
    {
        await call();
        return true;
    };
}
