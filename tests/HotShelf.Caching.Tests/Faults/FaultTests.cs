using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Faults;

/// <summary>Promise 18 and 12: whatever L2 does, no call fails or hangs, the node reads its own writes, and once L2 is back nothing is stale anywhere.</summary>
public sealed class FaultTests
{
    private static readonly string[] s_keys = ["p:removed", "p:set", "p:setmany", "p:tagged", "p:expired", "p:refreshed", "p:cold", "p:many1", "p:many2", "slide:1"];

    public static TheoryData<RemoteOperation, FaultShape> Matrix
    {
        get
        {
            var matrix = new TheoryData<RemoteOperation, FaultShape>();
            foreach (var operation in Enum.GetValues<RemoteOperation>())
            {
                foreach (var shape in Enum.GetValues<FaultShape>())
                    matrix.Add(operation, shape);
            }

            return matrix;
        }
    }

    private static void Impatient(HotShelfCachingOptions options)
    {
        options.RemoteTimeout = TimeSpan.FromMilliseconds(60);
        options.BreakerDuration = TimeSpan.FromMilliseconds(20);
        options.LeaseDuration = TimeSpan.FromMilliseconds(300);
        options.LeaseWait = TimeSpan.FromSeconds(2);
        options.Default.Grace = TimeSpan.FromHours(1);
        options.Default.FailSafeThrottle = TimeSpan.Zero;
        options.Families["slide"] = new CachePolicy { Sliding = TimeSpan.FromMinutes(1) };
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public Task OneOperationFails_NoCallFailsAndNothingIsStaleAfterwards(RemoteOperation operation, FaultShape shape) => RunAsync(shape, failing => failing == operation);

    [Theory]
    [InlineData(FaultShape.ThrowsAtOnce)]
    [InlineData(FaultShape.FaultedTask)]
    [InlineData(FaultShape.FaultsAfterYield)]
    [InlineData(FaultShape.FaultsAfterWork)]
    [InlineData(FaultShape.Hangs)]
    public Task EveryOperationFails_NoCallFailsAndNothingIsStaleAfterwards(FaultShape shape) => RunAsync(shape, static _ => true);

    [Theory]
    [InlineData(RemoteOperation.Get)]
    [InlineData(RemoteOperation.ReadTags)]
    public async Task TryGet_OneFailureWhileTheCircuitIsClosed_IsNotTakenForNotFound(RemoteOperation operation)
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        await using var writer = Node.Over(new FakeRemoteStore(server), configure: Impatient);
        await writer.Cache.SetAsync("slide:1", "kept");
        // From its start: a node that has read the removed tags does not ask for them.
        var store = new FaultyStore(new FakeRemoteStore(server)) { Fails = failing => failing == operation };
        await using var reader = Node.Over(store, configure: Impatient);
        var failed = await reader.Cache.TryGetAsync<string>("slide:1");
        store.Fails = null;
        Assert.Equal((false, true), (failed.Found, failed.IsUnavailable));
        Assert.Equal("closed", reader.Inner.RemoteState);
        Assert.Equal((true, "kept", false), await reader.Cache.TryGetAsync<string>("slide:1") is var read ? (read.Found, read.Value, read.IsUnavailable) : default);
        var missing = await reader.Cache.TryGetAsync<string>("slide:2");
        Assert.Equal((false, false), (missing.Found, missing.IsUnavailable));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public Task OperationsFailNowAndThen_NoCallFailsAndNothingIsStaleAfterwards(int seed)
    {
        var random = new Random(seed);
        return RunAsync(FaultShape.FaultsAfterYield, _ => random.Next(3) == 0);
    }

    private static async Task RunAsync(FaultShape shape, Func<RemoteOperation, bool> fails)
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        var store = new FaultyStore(new FakeRemoteStore(server)) { Shape = shape };
        await using var node = Node.Over(store, null, Impatient);
        await using var other = Node.Over(new FakeRemoteStore(server), null, Impatient);
        var origin = s_keys.ToDictionary(key => key, key => $"{key} old");
        foreach (var key in s_keys)
            await node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(origin[key]), tags: key == "p:tagged" ? ["tag"] : null);
        store.Fails = fails;
        await ChangeEverythingAsync(node.Cache, origin).WaitAsync(TimeSpan.FromSeconds(60));
        store.Fails = null;
        await Until.TrueAsync(() => node.Inner.RemoteState == "closed" && node.Inner.GetStatistics().PendingInvalidations == 0, what: "the circuit closed and nothing waits");
        foreach (var key in s_keys)
        {
            foreach (var each in new[] { node, other })
            {
                await Until.TrueAsync(
                    async () => await each.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(origin[key]), tags: key == "p:tagged" ? ["tag"] : null) == origin[key],
                    what: $"{key} is current on {(each == node ? "the node with the fault" : "the other node")}");
            }
        }
    }

    /// <summary>Every public call, each with what its caller must see at once.</summary>
    private static async Task ChangeEverythingAsync(HybridCache cache, Dictionary<string, string> origin)
    {
        ValueTask<string> Read(string key, string[]? tags = null) => cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(origin[key]), tags: tags);
        string Changed(string key) => origin[key] = $"{key} new";

        Changed("p:removed");
        await cache.RemoveAsync("p:removed");
        Assert.Equal("p:removed new", await Read("p:removed"));
        await cache.SetAsync("p:set", Changed("p:set"));
        Assert.Equal("p:set new", await Read("p:set"));
        await cache.SetManyAsync([KeyValuePair.Create("p:setmany", Changed("p:setmany"))]);
        Assert.Equal("p:setmany new", await Read("p:setmany"));
        Changed("p:tagged");
        await cache.RemoveByTagAsync("tag");
        Assert.Equal("p:tagged new", await Read("p:tagged", ["tag"]));
        Assert.NotNull(await Read("p:expired"));
        Changed("p:expired");
        await cache.ExpireAsync("p:expired");
        Assert.NotNull(await Read("p:expired"));
        Assert.Equal("p:refreshed new", await cache.RefreshAsync("p:refreshed", Changed("p:refreshed"), static (_, value, _) => ValueTask.FromResult(value)));
        Changed("p:cold");
        await cache.RemoveAsync(["p:cold", "p:many1", "p:many2"]);
        Changed("p:many1");
        Changed("p:many2");
        var found = await cache.GetOrCreateManyAsync(["p:many1", "p:many2", "p:cold"], static key => key, origin,
            static (keys, origin, _) => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(keys.ToDictionary(key => key, key => origin[key])));
        Assert.All(found, pair => Assert.Equal(origin[pair.Key], pair.Value));
        await cache.TryGetAsync<string>("p:cold");
        Changed("slide:1");
        await cache.RemoveAsync("slide:1");
        Assert.Equal("slide:1 new", await Read("slide:1"));
        await cache.RemoveFamilyAsync("no such family");
        await Assert.ThrowsAsync<TimeoutException>(async () => await cache.GetOrCreateAsync<string>("p:failing", _ => throw new TimeoutException()));
    }

    [Fact]
    public async Task Circuit_FailuresReachTheThreshold_OpensProbesAndReplays()
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        var store = new FaultyStore(new FakeRemoteStore(server)) { Shape = FaultShape.FaultedTask };
        await using var node = Node.Over(store, null, Impatient);
        await using var other = Node.Over(new FakeRemoteStore(server), null, Impatient);
        var value = "old";
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(value));
        Assert.Equal("old", await other.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(value)));
        store.Fails = static _ => true;
        value = "new";
        await node.Cache.RemoveAsync("p:1");
        for (var i = 0; i < 5; i++)
            await node.Cache.GetOrCreateAsync($"p:x{i}", _ => ValueTask.FromResult("x"));
        Assert.Contains(node.Inner.RemoteState, new[] { "open", "half-open" });
        Assert.Equal(1, node.Inner.GetStatistics().PendingInvalidations);
        store.Fails = static operation => operation == RemoteOperation.Ping ? true : throw new InvalidOperationException("asked while the circuit is open");
        for (var i = 0; i < 20; i++)
            Assert.Equal("y", await node.Cache.GetOrCreateAsync($"p:y{i}", _ => ValueTask.FromResult("y")));
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(value)));
        store.Fails = null;
        await Until.TrueAsync(async () => await other.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(value)) == "new", what: "the replay reached the other node");
        Assert.Equal("closed", node.Inner.RemoteState);
    }

    [Theory]
    [InlineData(RedisErrorKind.OutOfMemory, true)]
    [InlineData(RedisErrorKind.WrongType, true)]
    [InlineData(RedisErrorKind.NoPermission, true)]
    [InlineData(RedisErrorKind.Misconfigured, true)]
    [InlineData(RedisErrorKind.Loading, false)]
    [InlineData(RedisErrorKind.MasterDown, false)]
    [InlineData(RedisErrorKind.ReadOnly, false)]
    [InlineData(RedisErrorKind.ClusterDown, false)]
    [InlineData(RedisErrorKind.TryAgain, false)]
    [InlineData(RedisErrorKind.Busy, false)]
    public async Task Circuit_ServerAnswersWithAnError_OpensOnlyWhenItCannotBeUsed(RedisErrorKind kind, bool isClosed)
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        var store = new FaultyStore(new FakeRemoteStore(server)) { Shape = FaultShape.FaultedTask, Fault = new RedisServerException(kind, CommandFlags.None, "as the test wants it") };
        await using var node = Node.Over(store, null, Impatient);
        await node.Cache.SetAsync("p:1", "old");
        store.Fails = static operation => operation != RemoteOperation.Get;
        for (var i = 0; i < 20; i++)
            await node.Cache.SetAsync($"p:x{i}", "x");
        await node.Cache.RemoveAsync("p:1");
        Assert.Equal(isClosed, node.Inner.RemoteState == "closed");
        // What was refused is not lost.
        Assert.NotEqual(0, node.Inner.PendingInvalidationCount);
        store.Fails = null;
        await Until.TrueAsync(() => node.Inner.PendingInvalidationCount == 0);
        Assert.Null(server.Peek(new("p:1", null)));
    }

    /// <summary>As Redis 6.2 answers where a script's command is refused.</summary>
    [Fact]
    public void Circuit_ServerWrapsTheErrorOfAScript_IsNotARefusal() =>
        Assert.False(Redis.RedisStore.IsRefused(new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, "ERR Error running script: @user_script:2: -READONLY You can't write against a read only replica.")));

    [RedisFact]
    public async Task Circuit_ServerIsFull_StaysClosedForReads()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, options =>
        {
            options.RemoteTimeout = TimeSpan.FromSeconds(30);
            options.Families["slide"] = new CachePolicy { Sliding = TimeSpan.FromMinutes(1) };
        });
        await node.Cache.SetAsync("slide:1", "kept");
        var database = await node.Services.GetRequiredService<CacheStorage>().ConnectAsAdministratorAsync();
        await database.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");

        // Each is refused its lease.
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(i => node.Cache.GetOrCreateAsync($"slide:x{i}", _ => ValueTask.FromResult("loaded")).AsTask())), value => Assert.Equal("loaded", value));

        Assert.Equal("closed", node.Inner.RemoteState);
        Assert.Equal("kept", (await node.Cache.TryGetAsync<string>("slide:1")).Value);
    }

    [Fact]
    public async Task MoreInvalidationsThanMayWait_EverythingIsHiddenAtTheReturn()
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        var store = new FaultyStore(new FakeRemoteStore(server)) { Shape = FaultShape.FaultedTask };
        await using var node = Node.Over(store, null, options =>
        {
            Impatient(options);
            options.MaximumPendingInvalidations = 10;
        });
        await using var other = Node.Over(new FakeRemoteStore(server), null, Impatient);
        for (var i = 0; i < 20; i++)
            await other.Cache.SetAsync($"p:{i}", "old");
        store.Fails = static _ => true;
        await node.Cache.RemoveAsync(Enumerable.Range(0, 20).Select(i => $"p:{i}"));
        Assert.Equal(1, node.Inner.GetStatistics().PendingInvalidations);
        store.Fails = null;
        for (var i = 0; i < 20; i++)
            await Until.TrueAsync(async () => await other.Cache.GetOrCreateAsync($"p:{i}", _ => ValueTask.FromResult("new")) == "new");
    }

    [Fact]
    public async Task RemoveByTag_AfterAnOutage_HidesWhatWasFilledDuringIt()
    {
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)));
        await using var node = Node.Over(store, null, options =>
        {
            Impatient(options);
            options.IncoherentLocal = TimeSpan.FromMinutes(1);
        });
        // Filled without Redis: the entry has no stamps to compare.
        store.Fails = static operation => operation == RemoteOperation.Acquire;
        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"), tags: ["tag"]));
        store.Fails = null;
        await node.Cache.RemoveByTagAsync("tag");
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new"), tags: ["tag"]));
    }
}
