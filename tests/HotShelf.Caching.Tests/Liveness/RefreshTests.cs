using System.Collections.Concurrent;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>What is remembered of refreshes: that they fail, and that another node runs them.</summary>
public sealed class RefreshTests
{
    [Fact]
    public async Task BackgroundRefresh_AnotherNodeHoldsTheLease_IsNotRepeatedByEachRead()
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        var store = new GatedStore(new FakeRemoteStore(server));
        await using var node = Node.Over(store, time, options => options.Default.Grace = TimeSpan.FromHours(1));
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"));
        await node.Cache.ExpireAsync("p:1");
        await new FakeRemoteStore(server).AcquireAsync(new(new("p:1", null), Token: 1, TimeSpan.FromMinutes(10), Known: null));
        var asked = store.Count(RemoteOperation.Acquire);

        async Task ReadAsync()
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
                await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
            }
        }

        await ReadAsync();
        Assert.Equal(asked + 1, store.Count(RemoteOperation.Acquire));
        time.Advance(TimeSpan.FromMilliseconds(250));
        await ReadAsync();
        Assert.Equal(asked + 2, store.Count(RemoteOperation.Acquire));
        Assert.False(node.Inner.Families.Of("p:1").IsFailing);
    }

    [Fact]
    public async Task RefreshAsync_BesideABackgroundRefresh_RunsTheLoaderOnce()
    {
        await using var node = await Node.StartAsync(null, options => options.Default.Grace = TimeSpan.FromHours(1));
        await node.Cache.SetAsync("p:1", "old");
        await node.Cache.ExpireAsync("p:1");
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", async _ =>
        {
            began.SetResult();
            await release.Task;
            return "background";
        }));
        await began.Task;

        var loads = 0;
        var refreshes = Enumerable.Range(0, 5).Select(_ => node.Cache.RefreshAsync("p:1", 0, async (_, _, _) =>
        {
            Interlocked.Increment(ref loads);
            await release.Task;
            return "requested";
        }).AsTask()).ToArray();
        release.SetResult();
        Assert.All(await Task.WhenAll(refreshes), value => Assert.Equal("requested", value));
        Assert.Equal(1, loads);
        await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
    }

    [Fact]
    public async Task RefreshAsync_EndsBeforeABackgroundRefresh_IsNotReplacedByIt()
    {
        var fills = new FillOutcomes();
        await using var node = await Node.StartAsync(null, options => options.Default.Grace = TimeSpan.FromHours(1), services => services.AddSingleton<ICacheObserver>(fills));
        await node.Cache.SetAsync("p:1", "old");
        await node.Cache.ExpireAsync("p:1");
        var background = new HeldLoad("background");
        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", background.RunAsync));
        await background.Started;

        Assert.Equal("requested", await node.Cache.RefreshAsync("p:1", 0, static (_, _, _) => ValueTask.FromResult("requested")));
        background.Release.SetResult();
        await Until.TrueAsync(() => fills.All.Count == 2);
        Assert.Equal([FillOutcome.Stored, FillOutcome.NotStored], fills.All);
        Assert.Equal("requested", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("read")));
    }

    [Fact]
    public async Task RefreshAsync_AnotherKeyOfItsEpochGroupChangesMeanwhile_TheOldValueIsNotServedOn()
    {
        await using var node = await Node.StartAsync(null);
        await node.Cache.SetAsync("p:1", "old");
        var load = new HeldLoad("requested");
        var refreshing = node.Cache.RefreshAsync("p:1", load, static (_, load, token) => load.RunAsync(token)).AsTask();
        await load.Started;
        var epoch = node.Inner.Local.EpochOf("p:1");
        for (var other = 2; node.Inner.Local.EpochOf("p:1") == epoch; other++)
            await node.Cache.RemoveAsync($"p:{other}");

        load.Release.SetResult();
        Assert.Equal("requested", await refreshing);
        Assert.Equal("read", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("read")));
    }

    [Fact]
    public async Task RefreshAsync_ItsResultIsNotKept_LaterReadsDoNotJoinALoadFromBefore()
    {
        await using var node = await Node.StartAsync(null);
        var load = new HeldLoad("old");
        var before = node.Cache.GetOrCreateAsync("p:1", load.RunAsync).AsTask();
        await load.Started;
        var unkept = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite };
        Assert.Equal("requested", await node.Cache.RefreshAsync("p:1", 0, static (_, _, _) => ValueTask.FromResult("requested"), unkept));

        var after = node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("read")).AsTask();
        load.Release.SetResult();
        Assert.Equal("old", await before);
        Assert.Equal("read", await after);
        Assert.Equal("read", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("later")));
    }

    [Fact]
    public async Task Read_StaleWhileARequestedRefreshRuns_StartsNoOther()
    {
        await using var node = await Node.StartAsync(null, options => options.Default.Grace = TimeSpan.FromHours(1));
        await node.Cache.SetAsync("p:1", "old");
        await node.Cache.ExpireAsync("p:1");
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refreshing = node.Cache.RefreshAsync("p:1", release, static async (_, release, _) =>
        {
            await release.Task;
            return "new";
        }).AsTask();
        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("background")));
        Assert.Equal(1, node.Inner.RunningFlights);
        release.SetResult();
        Assert.Equal("new", await refreshing);
    }

    [Fact]
    public async Task BackgroundRefresh_RemovedWhileTheReadDecidesOnIt_IsNotOfferedTheRemovedValue()
    {
        static ValueTask<string> LoadIfChanged(CacheFillContext fill) => ValueTask.FromResult(fill.TryGetStale(out string? _) ? fill.NotModified<string>() : "new");

        // Each step of the read looks at the clock: the removal comes at one after the other, until there are no more.
        for (var look = 1; ; look++)
        {
            // Of this round alone: a refresh that the removal has detached goes on looking.
            var time = new ActingTime();
            await using var node = await Node.StartAsync(null, options => options.Default.Grace = TimeSpan.FromHours(1), services => services.AddSingleton<TimeProvider>(time));
            await node.Cache.SetAsync("p:1", "old");
            await node.Cache.ExpireAsync("p:1");
            time.At(look, () => node.Cache.RemoveAsync("p:1").AsTask().Wait());
            await node.Cache.GetOrCreateAsync("p:1", 0, static (fill, _, _) => LoadIfChanged(fill));
            await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
            if (!time.HasBegun)
            {
                Assert.NotEqual(1, look);
                break;
            }

            // The removal detaches the refresh, which may run it, before it removes the copy.
            await time.Acted.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((look, "new"), (look, await node.Cache.GetOrCreateAsync("p:1", 0, static (fill, _, _) => LoadIfChanged(fill))));
        }
    }

    [Theory]
    [InlineData("background")]
    [InlineData("requested")]
    [InlineData("forced")]
    [InlineData("forced batch")]
    public async Task Refresh_OriginHasItNoMore_TheOldValueIsNotServedOn(string refresh)
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        await using var node = Node.Over(new FakeRemoteStore(server), configure: options => options.Default.Grace = TimeSpan.FromHours(1));
        var forced = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCacheRead | HybridCacheEntryFlags.DisableDistributedCacheRead };
        // Without a copy in L1 a forced read does not know of the entry.
        await node.Cache.SetAsync("p:1", "old", refresh.StartsWith("forced", StringComparison.Ordinal) ? new() { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite } : null);
        switch (refresh)
        {
            case "background":
                await node.Cache.ExpireAsync("p:1");
                await node.Cache.GetOrCreateAsync<string?>("p:1", static _ => ValueTask.FromResult<string?>(null));
                await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
                break;
            case "requested":
                Assert.Null(await node.Cache.RefreshAsync("p:1", 0, static (_, _, _) => ValueTask.FromResult<string?>(null)));
                break;
            case "forced":
                Assert.Null(await node.Cache.GetOrCreateAsync("p:1", static _ => ValueTask.FromResult<string?>(null), forced));
                break;
            default:
                Assert.Empty(await node.Cache.GetOrCreateManyAsync([1], id => $"p:{id}", 0, static (_, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(new Dictionary<int, string>()), forced));
                break;
        }

        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")));
        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("newer")));
    }

    [Fact]
    public async Task Batch_ItsCallersHaveLeft_HasNotFailed()
    {
        await using var node = Node.Over(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)), configure: options => options.Default.Grace = TimeSpan.FromHours(1));
        await node.Cache.SetAsync("p:1", "old", new() { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite });
        await node.Cache.ExpireAsync("p:1");
        using var caller = new CancellationTokenSource();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", began, static async (_, began, token) =>
        {
            began.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return (IReadOnlyDictionary<int, string>)new Dictionary<int, string>();
        }, cancellationToken: caller.Token).AsTask();
        await began.Task;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
        Assert.False(node.Inner.Families.Of("p:1").IsFailing);
        Assert.Equal("new", await node.Cache.RefreshAsync("p:1", 0, static (_, _, _) => ValueTask.FromResult("new")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_SucceedsInMemoryAlone_TheFamilyIsNoLongerFailing(bool isBatch)
    {
        await using var node = await Node.StartAsync(null, options => options.Default = new CachePolicy { Grace = TimeSpan.FromHours(1), FailSafeThrottle = TimeSpan.Zero });
        Task ReadAsync(Func<string> load) => isBatch
            ? node.Cache.GetOrCreateManyAsync([1], id => $"p:{id}", load, static (_, load, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(new Dictionary<int, string> { [1] = load() })).AsTask()
            : node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(load())).AsTask();
        await ReadAsync(() => "old");
        await node.Cache.ExpireAsync("p:1");
        var family = node.Inner.Families.Of("p:1");
        await ReadAsync(() => throw new TimeoutException("the origin fails"));
        await Until.TrueAsync(() => family.IsFailing);

        await Until.TrueAsync(async () =>
        {
            await ReadAsync(() => "new");
            return !family.IsFailing;
        });
    }

    private sealed class FillOutcomes : ICacheObserver
    {
        public ConcurrentQueue<FillOutcome> All { get; } = new();

        public void OnFill(CacheFill fill) => All.Enqueue(fill.Outcome);
    }

    /// <summary>Acts when it is looked at for a certain time.</summary>
    private sealed class ActingTime : TimeProvider
    {
        private readonly TaskCompletionSource _acted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action? _act;
        private int _left;

        public void At(int look, Action act) => (_act, _left) = (act, look);

        public bool HasBegun => Volatile.Read(ref _left) <= 0;

        /// <summary>Completes when the act has ended.</summary>
        public Task Acted => _acted.Task;

        public override long GetTimestamp()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _act!();
                _acted.SetResult();
            }

            return base.GetTimestamp();
        }
    }
}
