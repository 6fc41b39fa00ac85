using System.Reflection;
using HotShelf.Caching.Redis;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>What a disposed cache still does, and what it leaves behind.</summary>
public sealed class DisposeTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_InvalidationsArePending_AreSentFirst(bool isTag)
    {
        // Time stands still: nothing else sends them.
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        var store = new FaultyStore(new FakeRemoteStore(server)) { Shape = FaultShape.FaultedTask };
        await using var other = Node.Over(new FakeRemoteStore(server), time);
        var node = Node.Over(store, time);
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"), tags: ["t"]);
        store.Fails = operation => operation is RemoteOperation.Invalidate or RemoteOperation.RemoveTags;
        await (isTag ? node.Cache.RemoveByTagAsync("t") : node.Cache.RemoveAsync("p:1"));
        Assert.Equal(1, node.Inner.PendingInvalidationCount);
        store.Fails = null;

        await node.DisposeAsync().AsTask().WaitAsync(s_limit);

        Assert.False((await other.Cache.TryGetAsync<string>("p:1")).Found);
    }

    /// <summary>Redis is back, and no probe has noticed yet.</summary>
    [Fact]
    public async Task Dispose_InvalidationsArePendingAndTheCircuitIsOpen_AreSentFirst()
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        var store = new FaultyStore(new FakeRemoteStore(server)) { Shape = FaultShape.FaultedTask };
        await using var other = Node.Over(new FakeRemoteStore(server), time);
        var node = Node.Over(store, time, options => options.BreakerThreshold = 1);
        await node.Cache.SetAsync("p:1", "old");
        store.Fails = _ => true;
        await node.Cache.RemoveAsync("p:1");
        Assert.Equal("open", node.Inner.RemoteState);
        store.Fails = null;

        await node.DisposeAsync().AsTask().WaitAsync(s_limit);

        Assert.False((await other.Cache.TryGetAsync<string>("p:1")).Found);
    }

    [Fact]
    public async Task Dispose_InvalidationsArePendingAndRedisHangs_Ends()
    {
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System))) { Shape = FaultShape.Hangs, Fails = operation => operation == RemoteOperation.Invalidate };
        var node = Node.Over(store, configure: options => options.RemoteTimeout = TimeSpan.FromMilliseconds(60));
        await node.Cache.RemoveAsync(Enumerable.Range(0, 10_000).Select(i => $"p:{i}"));
        Assert.NotEqual(0, node.Inner.PendingInvalidationCount);

        await node.DisposeAsync().AsTask().WaitAsync(s_limit);
    }

    [Fact]
    public async Task Dispose_ConnectionOfTheApplication_HasNoHandlerOfTheCacheAnyMore()
    {
        var client = DispatchProxy.Create<IConnectionMultiplexer, ClientProxy>();
        var connection = RedisConnection.Shared(client, new ConfigurationOptions());
        await connection.DatabaseAsync();
        var handlers = ((ClientProxy)(object)client).Handlers;
        Assert.NotEmpty(handlers);

        await connection.DisposeAsync();

        Assert.Empty(handlers);
    }

    /// <summary>A client without servers that counts who listens to it.</summary>
    public class ClientProxy : DispatchProxy
    {
        public HashSet<object> Handlers { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case nameof(IConnectionMultiplexer.GetEndPoints):
                    return Array.Empty<System.Net.EndPoint>();
                case nameof(IConnectionMultiplexer.GetDatabase):
                    return Create<IDatabase, ClientProxy>();
                case ['a', 'd', 'd', '_', ..]:
                    Handlers.Add(args![0]!);
                    break;
                case ['r', 'e', 'm', 'o', 'v', 'e', '_', ..]:
                    Handlers.Remove(args![0]!);
                    break;
            }

            return null;
        }
    }
}
