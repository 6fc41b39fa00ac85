using HotShelf.Caching.Internal;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Faults;

/// <summary>Old copies: where one must not come back, and where it may still serve.</summary>
public sealed class StaleCopyTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExpireAsync_RacingRemoveAndSet_BringsNothingBack(bool removes)
    {
        await using var node = await Node.StartAsync(null, options => options.Default.Grace = TimeSpan.FromHours(1));
        var back = 0;
        for (var round = 0; round < 20_000; round++)
        {
            await node.Cache.SetAsync("p:1", "old");
            using var start = new Barrier(2);
            var expiring = Task.Run(async () =>
            {
                start.SignalAndWait();
                await node.Cache.ExpireAsync("p:1");
            });
            start.SignalAndWait();
            await (removes ? node.Cache.RemoveAsync("p:1") : node.Cache.SetAsync("p:1", "new"));
            await expiring;
            var read = await node.Cache.TryGetAsync<string>("p:1");
            if (read.Found && read.Value == "old")
                back++;
        }

        Assert.Equal(0, back);
    }

    [Fact]
    public async Task RefreshAsync_RemovedHereWhileRedisIsAway_DoesNotInsertWhatWasLoadedBefore()
    {
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System))) { Fails = _ => true };
        await using var node = Node.Over(store, configure: options => options.BreakerDuration = TimeSpan.FromMinutes(1));
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refreshing = node.Inner.RefreshAsync("p:1", 0, async (_, _, _) =>
        {
            began.SetResult();
            await release.Task;
            return "old";
        }, null, null, CancellationToken.None).AsTask();
        await began.Task;
        await node.Cache.RemoveAsync("p:1");
        release.SetResult();
        Assert.Equal("old", await refreshing);
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
    }

    [Fact]
    public async Task Fill_StoredAndThenRemovedHereWhileRedisCannotBeTold_LeavesNoCopy()
    {
        var gated = new GatedStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)));
        var store = new FaultyStore(gated);
        await using var node = Node.Over(store, configure: options => options.BreakerThreshold = 1_000);
        var stored = gated.HoldAfter(RemoteOperation.Store);
        var reading = node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old")).AsTask();
        await stored.Reached;
        store.Fails = operation => operation == RemoteOperation.Invalidate;
        await node.Cache.RemoveAsync("p:1");
        // Redis still holds the entry, and would say so.
        stored.Open();
        Assert.Equal("old", await reading);
        await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    public async Task Fill_RemovedHereBeforeItIsStoredWhileRedisCannotBeTold_LeavesNoCopy(bool isTag, bool isBatch, bool staysAway)
    {
        // Time stands still: only the store itself can send what is pending.
        var time = new ManualTimeProvider();
        var server = new FakeRemoteStore(new FakeRemoteServer(time));
        var store = new FaultyStore(server);
        await using var node = Node.Over(store, time, options => options.BreakerThreshold = 1_000);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task LoadAsync()
        {
            began.SetResult();
            await release.Task;
        }

        Task reading = isBatch
            ? node.Cache.GetOrCreateManyAsync<int, int, string>([1], id => $"p:{id}", 0, async (_, _, _) =>
            {
                await LoadAsync();
                return new Dictionary<int, string> { [1] = "old" };
            }, tags: _ => ["t"]).AsTask()
            : node.Cache.GetOrCreateAsync("p:1", async _ =>
            {
                await LoadAsync();
                return "old";
            }, tags: ["t"]).AsTask();
        await began.Task;
        store.Fails = operation => operation is RemoteOperation.Invalidate or RemoteOperation.RemoveTags;
        await (isTag ? node.Cache.RemoveByTagAsync("t") : node.Cache.RemoveAsync("p:1"));
        if (!staysAway)
            store.Fails = null;
        server.HoldPushes();
        release.SetResult();
        await reading;
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
    }

    [Fact]
    public async Task NotModified_CopyFilledWhileRedisWasAway_IsNotOffered()
    {
        // Its tags are not known to the cache: kept with a lease again, it could not be removed by them.
        var time = new ManualTimeProvider();
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(time))) { Fails = operation => operation == RemoteOperation.Acquire };
        await using var node = Node.Over(store, time, options =>
        {
            options.Default.Grace = TimeSpan.FromHours(1);
            options.BreakerThreshold = 1_000;
        });

        static ValueTask<string> LoadIfChanged(CacheFillContext fill, string loaded) => ValueTask.FromResult(fill.TryGetStale(out string? _) ? fill.NotModified<string>() : loaded);

        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", "old", static (fill, loaded, _) => LoadIfChanged(fill, loaded), tags: ["t"]));
        time.Advance(TimeSpan.FromSeconds(2));
        var observation = CacheObservation.Begin();
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", "new", static (fill, loaded, _) => LoadIfChanged(fill, loaded), tags: ["t"]));
        Assert.Equal(CacheResult.Miss, observation.Result);
        store.Fails = null;
        Assert.Equal("newer", await node.Cache.RefreshAsync("p:1", "newer", static (fill, loaded, _) => LoadIfChanged(fill, loaded), tags: ["t"]));
    }

    [RedisFact]
    public async Task Read_RedisAndOriginFailTogether_IsAnsweredWithTheCopyInsideItsGrace()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, options => options.Default.Grace = TimeSpan.FromHours(1));
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"));
        await Until.TrueAsync(() => node.Inner.Local.Find("p:1") is not null);
        await redis.KillAsync();
        // The state is set first, and then the copies are given up.
        await Until.TrueAsync(() => node.Inner.Local.Find("p:1") is { } copy && copy.CheckAt <= Environment.TickCount64, what: "the copy is given up");
        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("the origin is away too")));
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
        await node.Cache.RemoveAsync("p:1");
        await Assert.ThrowsAsync<InvalidOperationException>(() => node.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("removed")).AsTask());
    }

    [Fact]
    public async Task Read_TagRemovedAndLoaderFails_IsServedInsideItsGraceWhereThePolicySaysSo()
    {
        await using var node = await Node.StartAsync(null, KeepsAfterTagRemoval);
        await FillAsync(node, "kept:1");
        await FillAsync(node, "other:1");
        await node.Cache.RemoveByTagAsync("t");

        var observation = CacheObservation.Begin();
        Assert.Equal("old", await FailAsync(node, "kept:1"));
        Assert.Equal(CacheResult.Stale, observation.Result);
        Assert.True(observation.TimeToLive <= TimeSpan.Zero);
        // Again: the first failure changes nothing.
        Assert.Equal("old", await FailAsync(node, "kept:1"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => FailAsync(node, "other:1"));

        // A loader that works is always asked.
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("kept:1", _ => ValueTask.FromResult("new"), tags: ["t"]));
        Assert.Equal("new", await FailAsync(node, "kept:1"));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("family")]
    [InlineData("version")]
    public async Task Read_RemovedOtherwiseAndLoaderFails_IsNeverServed(string removed)
    {
        await using var node = await Node.StartAsync(null, KeepsAfterTagRemoval);
        await FillAsync(node, "kept:1");
        await node.Cache.RemoveByTagAsync("t");
        await (removed switch
        {
            "key" => node.Cache.RemoveAsync("kept:1"),
            "family" => node.Cache.RemoveFamilyAsync("kept"),
            _ => node.Cache.RemoveByTagAsync("*"),
        });
        await Assert.ThrowsAsync<InvalidOperationException>(() => FailAsync(node, "kept:1"));
    }

    /// <summary>A removal that this process has not heard of: while the stream was lost, or where Redis does not report changes.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Read_RemovedUnheardAndLoaderSlow_WaitsForTheLoader(bool isBackAgain, bool isBatch)
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        var store = new FakeRemoteStore(server);
        await using var node = Node.Over(store, time, options =>
        {
            options.Default.Grace = TimeSpan.FromHours(1);
            options.Default.LoaderSoftTimeout = TimeSpan.FromSeconds(1);
        });
        await using var other = Node.Over(new FakeRemoteStore(server), time);
        if (!isBackAgain)
            store.LoseStream();
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"));
        await Until.TrueAsync(() => node.Inner.Local.Find("p:1") is not null);
        if (isBackAgain)
            store.LoseStream();
        await other.Cache.RemoveAsync("p:1");
        if (isBackAgain)
            store.RestoreStream();
        time.Advance(TimeSpan.FromSeconds(10));

        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isOffered = false;
        async ValueTask<string> LoadAsync(CacheFillContext context)
        {
            isOffered = context.TryGetStale<string>(out _);
            began.SetResult();
            return await result.Task;
        }

        var read = isBatch
            ? FirstAsync()
            : node.Cache.GetOrCreateAsync("p:1", 0, (context, _, _) => LoadAsync(context)).AsTask();
        await began.Task;
        time.Advance(TimeSpan.FromSeconds(10));
        result.SetResult("new");
        Assert.Equal(("new", false), (await read, isOffered));

        async Task<string> FirstAsync() => (await node.Cache.GetOrCreateManyAsync<int, int, string>([1], id => $"p:{id}", 0, async (_, _, _) =>
        {
            began.SetResult();
            return new Dictionary<int, string> { [1] = await result.Task };
        }))[1];
    }

    [RedisFact]
    public async Task Read_TagRemovedAndLoaderFails_IsServedFromRedisToo()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Node.StartAsync(redis.ConnectionString, KeepsAfterTagRemoval);
        await using var two = await Node.StartAsync(redis.ConnectionString, KeepsAfterTagRemoval);
        var filled = CacheObservation.Begin();
        await FillAsync(one, "kept:1");
        Assert.True(filled.Stored);
        await one.Cache.RemoveByTagAsync("t");
        Assert.Equal(0, one.Inner.PendingInvalidationCount);
        // The second never had a copy in L1.
        Assert.Equal("old", (await FailManyAsync(two, "kept:1"))["kept:1"]);
        foreach (var node in new[] { two, one })
            Assert.Equal("old", await FailAsync(node, "kept:1"));
        Assert.Equal("new", await two.Cache.GetOrCreateAsync("kept:1", _ => ValueTask.FromResult("new"), tags: ["t"]));
        await Until.TrueAsync(async () => await FailAsync(one, "kept:1") == "new", "the new value");

        await one.Cache.RemoveFamilyAsync("kept");
        await Until.TrueAsync(async () => await Record.ExceptionAsync(() => FailAsync(two, "kept:1")) is InvalidOperationException, "the other node learns of the removal");
    }

    [Fact]
    public async Task Batch_TagRemovedAndLoaderFails_ReadsRedisForAllKeysTogether()
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        await using var one = Node.Over(new FakeRemoteStore(server), configure: KeepsAfterTagRemoval);
        var store = new GatedStore(new FakeRemoteStore(server));
        await using var two = Node.Over(store, configure: KeepsAfterTagRemoval);
        string[] keys = ["kept:1", "kept:2", "kept:3"];
        foreach (var key in keys)
            await FillAsync(one, key);
        await one.Cache.RemoveByTagAsync("t");

        var gate = store.HoldBefore(RemoteOperation.Get);
        var reading = FailManyAsync(two, keys);
        await gate.Reached;
        await Until.TrueAsync(() => store.Count(RemoteOperation.Get) == keys.Length);
        gate.Open();
        Assert.Equal(keys.Length, (await reading).Count(pair => pair.Value == "old"));
    }

    private static void KeepsAfterTagRemoval(HotShelfCachingOptions options)
    {
        options.Default.Grace = TimeSpan.FromHours(1);
        options.RemoteTimeout = TimeSpan.FromSeconds(10);
        options.Families["kept"] = new CachePolicy { Grace = TimeSpan.FromHours(1), FailSafeAfterTagRemoval = true };
    }

    private static ValueTask<string> FillAsync(Node node, string key) => node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("old"), tags: ["t"]);

    private static Task<string> FailAsync(Node node, string key) =>
        node.Cache.GetOrCreateAsync(key, ValueTask<string> (_) => throw new InvalidOperationException("the origin is away"), tags: ["t"]).AsTask();

    private static Task<IReadOnlyDictionary<string, string>> FailManyAsync(Node node, params string[] keys) =>
        node.Cache.GetOrCreateManyAsync<string, int, string>(keys, key => key, 0, (_, _, _) => throw new InvalidOperationException("the origin is away"), tags: _ => ["t"]).AsTask();

    [Fact]
    public void ServerNow_WallClockSteps_AdvancesSteadily()
    {
        var time = new SteppingTime();
        var clock = new CacheClock(time);
        clock.Observe(5_000_000, TimeSpan.Zero);
        var before = clock.ServerNow;
        time.Wall += TimeSpan.FromHours(1);
        Assert.Equal(before, clock.ServerNow);
        for (var i = 0; i < 1000; i++)
            clock.Observe(5_000_000, TimeSpan.FromSeconds(1));
        Assert.Equal(before, clock.ServerNow);
    }

    private sealed class SteppingTime : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => TimestampFrequency;
    }
}
