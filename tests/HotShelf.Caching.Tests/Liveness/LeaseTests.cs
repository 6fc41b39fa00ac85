using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>A lease without a fill ends at once, and not by its own time, which is longer here than any test.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly FakeRemoteServer _server = new(TimeProvider.System);

    private static void Patient(HotShelfCachingOptions options)
    {
        options.LeaseDuration = TimeSpan.FromMinutes(10);
        options.LeaseWait = TimeSpan.FromMinutes(10);
        options.RemoteTimeout = TimeSpan.FromSeconds(30);
    }

    private static void Impatient(HotShelfCachingOptions options)
    {
        Patient(options);
        options.RemoteTimeout = TimeSpan.FromMilliseconds(500);
        options.BreakerDuration = TimeSpan.FromMilliseconds(20);
    }

    private static Task<IReadOnlyDictionary<int, string>> ReadManyAsync(Node node) => node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", 0,
        (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(id => id, _ => "many"))).AsTask().WaitAsync(s_limit);

    private static Task<string> ReadAsync(Node node, string value, string key = "p:1") => node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value)).AsTask().WaitAsync(s_limit);

    /// <summary>The next miss of another process neither waits nor stays unstored.</summary>
    private async Task NextMissStoresAsync(string key = "p:1")
    {
        await using var other = Node.Over(new FakeRemoteStore(_server), configure: Patient);
        await ReadAsync(other, "other", key);
        await using var third = Node.Over(new FakeRemoteStore(_server), configure: Patient);
        Assert.Equal("other", await ReadAsync(third, "not stored", key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acquire_AnswerComesAfterItTimedOut_LeaseIsReleased(bool isBatch)
    {
        var store = new GatedStore(new FakeRemoteStore(_server));
        await using var node = Node.Over(store, configure: Impatient);
        var late = store.HoldBefore(isBatch ? RemoteOperation.AcquireMany : RemoteOperation.Acquire);
        if (isBatch)
            Assert.Equal("many", (await ReadManyAsync(node))[1]);
        else
            Assert.Equal("own", await ReadAsync(node, "own"));
        // Whatever was to be released for the time-out has been: only the late answer is left.
        await Until.TrueAsync(() => node.Inner.Leases!.Unreleased == 0);

        late.Open();

        await Until.TrueAsync(() => store.Count(RemoteOperation.Release) >= (isBatch ? 4 : 2) && node.Inner.Leases!.Unreleased == 0);
        Assert.False(_server.IsLeased("p:1") || _server.IsLeased("p:2"));
        await node.Cache.RemoveAsync(["p:1", "p:2"]);
        await NextMissStoresAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Acquire_AnswerIsLost_LeaseIsReleased(bool isBatch)
    {
        var store = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultsAfterWork };
        await using var node = Node.Over(store, configure: Impatient);
        store.Fails = operation => operation is RemoteOperation.Acquire or RemoteOperation.AcquireMany;
        if (isBatch)
            await ReadManyAsync(node);
        else
            await ReadAsync(node, "own");
        await Until.TrueAsync(() => !_server.IsLeased("p:1") && !_server.IsLeased("p:2"));
        await NextMissStoresAsync();
    }

    [Fact]
    public async Task Store_CannotReachRedis_LeaseIsReleasedAtItsReturn()
    {
        var store = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask };
        await using var node = Node.Over(store, configure: Impatient);
        store.Fails = operation => operation is RemoteOperation.Store or RemoteOperation.Release;
        await ReadAsync(node, "own");
        Assert.True(_server.IsLeased("p:1"));

        store.Fails = null;

        await Until.TrueAsync(() => !_server.IsLeased("p:1"));
        await NextMissStoresAsync();
    }

    [Fact]
    public async Task Load_FailsWhileTheCircuitIsOpen_LeaseIsReleasedAtItsReturn()
    {
        var store = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask };
        await using var node = Node.Over(store, configure: Impatient);
        var load = new TaskCompletionSource<string>();
        var began = new TaskCompletionSource();
        var failing = node.Cache.GetOrCreateAsync("p:1", _ =>
        {
            began.SetResult();
            return new ValueTask<string>(load.Task);
        }).AsTask();
        await began.Task.WaitAsync(s_limit);
        store.Fails = static _ => true;
        for (var i = 0; node.Inner.RemoteState == "closed"; i++)
            await ReadAsync(node, "x", $"p:x{i}");
        load.SetException(new IOException());
        await Assert.ThrowsAsync<IOException>(() => failing);
        Assert.True(_server.IsLeased("p:1"));

        store.Fails = null;

        await Until.TrueAsync(() => !_server.IsLeased("p:1"));
        await NextMissStoresAsync();
    }

    [Fact]
    public async Task Failover_BringsBackALeaseThatWasReleased_ItIsReleasedAgain()
    {
        var store = new FakeRemoteStore(_server);
        await using var node = Node.Over(store, configure: Patient);
        FakeSnapshot? behind = null;
        await node.Cache.GetOrCreateAsync("p:1", _ =>
        {
            behind = _server.Snapshot();
            return ValueTask.FromResult("own");
        });
        store.LoseStream();
        _server.Become(behind);
        Assert.True(_server.IsLeased("p:1"));

        store.RestoreStream();

        await Until.TrueAsync(() => !_server.IsLeased("p:1"));
        await NextMissStoresAsync();
    }

    [Fact]
    public async Task Dispose_WhileALoaderRuns_AnotherProcessFillsAtOnce()
    {
        var node = Node.Over(new FakeRemoteStore(_server), configure: Patient);
        await ReadAsync(node, "first", "p:first");
        var load = new TaskCompletionSource<string>();
        var began = new TaskCompletionSource();
        var read = node.Cache.GetOrCreateAsync("p:1", _ =>
        {
            began.SetResult();
            return new ValueTask<string>(load.Task);
        }).AsTask();
        await began.Task.WaitAsync(s_limit);

        await node.DisposeAsync();

        Assert.False(_server.IsLeased("p:1"));
        await NextMissStoresAsync();
        load.SetResult("late");
        Assert.Equal("late", await read.WaitAsync(s_limit));
    }

    [Fact]
    public async Task Load_TakesLongerThanTheLease_LeaseIsRenewedAndTheResultStored()
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        await using var node = Node.Over(new FakeRemoteStore(server), time, options =>
        {
            Patient(options);
            options.Default.LoaderHardTimeout = TimeSpan.FromHours(1);
        });
        var load = new TaskCompletionSource<string>();
        var began = new TaskCompletionSource();
        var read = node.Cache.GetOrCreateAsync("p:1", _ =>
        {
            began.SetResult();
            return new ValueTask<string>(load.Task);
        }).AsTask();
        await began.Task.WaitAsync(s_limit);
        for (var i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.True(server.IsLeased("p:1"));
        }

        load.SetResult("slow");

        Assert.Equal("slow", await read.WaitAsync(s_limit));
        await using var other = Node.Over(new FakeRemoteStore(server), time, Patient);
        Assert.Equal("slow", await ReadAsync(other, "not stored"));
    }

    [Fact]
    public async Task Invalidation_WhileASlowLoaderRuns_IsNotUndoneByARenewal()
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        await using var node = Node.Over(new FakeRemoteStore(server), time, options =>
        {
            Patient(options);
            options.Default.LoaderHardTimeout = TimeSpan.FromHours(1);
        });
        await using var other = Node.Over(new FakeRemoteStore(server), time, Patient);
        var load = new TaskCompletionSource<string>();
        var began = new TaskCompletionSource();
        var read = node.Cache.GetOrCreateAsync("p:1", _ =>
        {
            began.SetResult();
            return new ValueTask<string>(load.Task);
        }).AsTask();
        await began.Task.WaitAsync(s_limit);
        await other.Cache.RemoveAsync("p:1");

        time.Advance(TimeSpan.FromMinutes(20));

        Assert.False(server.IsLeased("p:1"));
        load.SetResult("old");
        Assert.Equal("old", await read.WaitAsync(s_limit));
        Assert.Equal("new", await ReadAsync(other, "new"));
    }
}
