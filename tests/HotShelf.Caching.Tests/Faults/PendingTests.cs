using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Faults;

/// <summary>Removals that Redis does not take: what they concern is not read from Redis, and everything else is.</summary>
public sealed class PendingTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    // Time stands still: nothing but the calls of a test sends what is pending.
    private readonly ManualTimeProvider _time = new();
    private readonly FakeRemoteServer _server;

    public PendingTests() => _server = new FakeRemoteServer(_time);

    [Fact]
    public async Task Removal_RefusedForGood_OthersAreReadAndWritten()
    {
        var store = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask, Fault = Refusal() };
        await using var node = Over(store);
        var bytes = node.Services.GetRequiredService<IDistributedCache>();
        await bytes.SetAsync("a", [1], new());
        store.Fails = operation => operation == RemoteOperation.Invalidate;
        await node.Cache.RemoveAsync("p:1");
        Assert.Equal(1, node.Inner.PendingInvalidationCount);

        Assert.Equal([1], await bytes.GetAsync("a"));
        await bytes.SetAsync("b", [2], new());
        Assert.Equal([2], await bytes.GetAsync("b"));
        await node.Cache.SetAsync("p:2", "written");
        await using var other = Over(new FakeRemoteStore(_server));
        Assert.Equal("written", await other.Cache.GetOrCreateAsync("p:2", _ => ValueTask.FromResult("loaded")));
        Assert.Equal(1, node.Inner.PendingInvalidationCount);
    }

    [Fact]
    public async Task Removal_BeingSent_ASetOfTheSameKeyWaitsForIt()
    {
        var faulty = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask };
        var store = new GatedStore(faulty);
        await using var node = Over(store);
        var bytes = node.Services.GetRequiredService<IDistributedCache>();
        faulty.Fails = operation => operation == RemoteOperation.Invalidate;
        await bytes.RemoveAsync("a");
        faulty.Fails = null;
        _time.Advance(TimeSpan.FromMilliseconds(249));
        var gate = store.HoldBefore(RemoteOperation.Invalidate);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await gate.Reached;
        var setting = bytes.SetAsync("a", [2], new());
        Assert.False(setting.IsCompleted);
        gate.Open();
        await setting.WaitAsync(s_limit);

        Assert.Equal([2], await bytes.GetAsync("a"));
    }

    [Fact]
    public async Task Removal_Refused_IsNotSentAgainByEachRead()
    {
        var store = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask, Fault = Refusal() };
        await using var node = Over(store);
        store.Fails = operation => operation == RemoteOperation.Invalidate;
        await node.Cache.RemoveAsync("p:1");
        for (var read = 0; read < 100; read++)
            await node.Cache.TryGetAsync<string>("p:1");
        Assert.InRange(store.Faults, 1, 2);
    }

    /// <summary>Another node stores what it loaded before the removal, which deletes its lease only when it arrives.</summary>
    [Fact]
    public async Task Removal_PendingHereWhileAnotherNodeLoads_ItsValueIsNotKeptHere()
    {
        var faulty = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask, Fault = Refusal() };
        var store = new GatedStore(faulty);
        await using var loading = Over(new FakeRemoteStore(_server));
        await using var node = Over(store);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var old = loading.Cache.GetOrCreateAsync("p:1", async _ =>
        {
            began.SetResult();
            await release.Task;
            return "old";
        }).AsTask();
        await began.Task.WaitAsync(s_limit);
        var reading = node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")).AsTask();
        await TestServers.Until.TrueAsync(() => node.Inner.Families.Of("p:1").Counters.LeaseWaits.Value > 0 && store.Count(RemoteOperation.Acquire) > 1);

        faulty.Fails = operation => operation == RemoteOperation.Invalidate;
        await node.Cache.RemoveAsync("p:1");
        release.SetResult();
        Assert.Equal("old", await old.WaitAsync(s_limit));
        await reading.WaitAsync(s_limit);

        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
    }

    private Node Over(Internal.Remote.IRemoteStore store) => Node.Over(store, _time, register: static services => services.AddHotShelfDistributedCache());

    private static RedisServerException Refusal() => new(RedisErrorKind.Misconfigured, CommandFlags.None, "MISCONF");
}
