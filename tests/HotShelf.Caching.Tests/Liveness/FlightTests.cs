using HotShelf.Caching.Internal.Flights;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>Callers of one flight, or of one batch, do not get in each other's way.</summary>
public sealed class FlightTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly FakeRemoteServer _server = new(TimeProvider.System);

    [Fact]
    public async Task Leave_OneOfTwoWaitersOfAKey_TheOtherIsStillWoken()
    {
        var waiters = new KeyWaiters();
        var (first, second) = (waiters.Enter("k"), waiters.Enter("k"));
        waiters.Leave("k", first);

        waiters.Wake("k");

        await second.WaitAsync(s_limit);
        Assert.False(waiters.Enter("k").IsCompleted);
    }

    [Fact]
    public async Task GetOrCreate_CallerLeavesAndTheLoadersCallbackThrows_CallerGetsItsCancellation()
    {
        await using var node = Node.Over(new FakeRemoteStore(_server));
        using var leaving = new CancellationTokenSource();
        var began = new TaskCompletionSource();
        var read = node.Cache.GetOrCreateAsync("p:1", async token =>
        {
            token.Register(() => throw new InvalidOperationException("the loader's own"));
            began.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return 1;
        }, cancellationToken: leaving.Token).AsTask();
        await began.Task.WaitAsync(s_limit);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(s_limit));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task GetOrCreateMany_CallerLeavesAfterOneKeyWasFound_LoaderIsCancelledAndLeasesAreReleased(int found)
    {
        await using var writer = Node.Over(new FakeRemoteStore(_server));
        await using var node = Node.Over(new FakeRemoteStore(_server), configure: options => (options.LeaseDuration, options.Default.LoaderHardTimeout) = (TimeSpan.FromMinutes(10), TimeSpan.MaxValue));
        await writer.Cache.SetAsync($"p:{found}", 1);
        using var leaving = new CancellationTokenSource();
        var began = new TaskCompletionSource<IReadOnlyList<int>>();
        var many = node.Cache.GetOrCreateManyAsync([1, 2, 3], id => $"p:{id}", 0, async (ids, _, token) =>
        {
            began.SetResult(ids);
            await Task.Delay(Timeout.Infinite, token);
            return (IReadOnlyDictionary<int, int>)new Dictionary<int, int>();
        }, cancellationToken: leaving.Token).AsTask();
        Assert.Equal(2, (await began.Task.WaitAsync(s_limit)).Count);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => many.WaitAsync(s_limit));
        await Until.TrueAsync(() => node.Inner.RunningFlights == 0, "the loader is cancelled");
        await Until.TrueAsync(() => _server.LeaseCount == 0, "the leases are released");
    }

    [Fact]
    public async Task GetOrCreateMany_Ends_LoadersTokenIsNotCancelled()
    {
        await using var node = Node.Over(new FakeRemoteStore(_server), configure: options => options.Default.LoaderHardTimeout = TimeSpan.MaxValue);
        CancellationToken given = default;
        await node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", 0, (ids, _, token) =>
        {
            given = token;
            return ValueTask.FromResult<IReadOnlyDictionary<int, int>>(ids.ToDictionary(id => id));
        });
        Assert.False(given.IsCancellationRequested);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreateMany_IdIsAbsentAfterAnotherProcessLoaded_IsNoFailure(bool isNegative)
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        var store = new GatedStore(new FakeRemoteStore(server));
        await using var node = Node.Over(store, time, options => options.Default = new CachePolicy
        {
            Jitter = 0,
            Grace = TimeSpan.FromHours(1),
            Negative = isNegative ? TimeSpan.FromMinutes(1) : null,
        });
        await node.Cache.GetOrCreateAsync("p:42", _ => ValueTask.FromResult("deleted since"));
        Assert.True((await node.Cache.TryGetAsync<string>("p:42")).Found);
        // The copy is stale, in L1 and in Redis.
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.NotNull(node.Inner.Local.Find("p:42"));
        var other = new FakeRemoteStore(server);
        await other.AcquireAsync(new(new("p:42", null), Token: 1, TimeSpan.FromMinutes(10), Known: null));
        var loads = 0;
        Task<IReadOnlyDictionary<int, string>> ReadAsync() => node.Cache.GetOrCreateManyAsync([42], id => $"p:{id}", 0, (_, _, _) =>
        {
            loads++;
            return ValueTask.FromResult<IReadOnlyDictionary<int, string>>(new Dictionary<int, string>());
        }).AsTask().WaitAsync(s_limit);
        var reading = ReadAsync();
        await Until.TrueAsync(() => store.Count(RemoteOperation.Acquire) >= 2, "waits for the other process");

        await other.ReleaseAsync(new("p:42", null), token: 1);
        // Nothing is stored, so nothing is reported: it asks again.
        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            return reading.IsCompleted;
        });

        Assert.Empty(await reading);
        Assert.Equal(0, node.Inner.Families.Of("p:42").Counters.Failures.Value);
        Assert.False(node.Inner.Families.Of("p:42").IsFailing);
        Assert.Equal(0, server.LeaseCount);
        Assert.Empty(await ReadAsync());
        Assert.Equal(isNegative ? 1 : 2, loads);
    }

    [Fact]
    public async Task GetOrCreateMany_LoaderFailsAfterTheWaitForAnotherProcess_IsAnsweredWithTheStaleValueOfRedis()
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        await using var writer = Node.Over(new FakeRemoteStore(server), time, Graced);
        await writer.Cache.SetAsync("p:42", "old");
        time.Advance(TimeSpan.FromMinutes(10));
        var other = new FakeRemoteStore(server);
        await other.AcquireAsync(new(new("p:42", null), Token: 1, TimeSpan.FromMinutes(10), Known: null));
        // It never had a copy in L1.
        var store = new GatedStore(new FakeRemoteStore(server));
        await using var node = Node.Over(store, time, Graced);
        var reading = node.Cache.GetOrCreateManyAsync<int, int, string>([42], id => $"p:{id}", 0, (_, _, _) => throw new FormatException()).AsTask();
        await Until.TrueAsync(() => store.Count(RemoteOperation.Acquire) >= 2, "waits for the other process");

        await other.ReleaseAsync(new("p:42", null), token: 1);
        await Until.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            return reading.IsCompleted;
        });

        Assert.Equal("old", (await reading)[42]);
        Assert.True(node.Inner.Families.Of("p:42").IsFailing);
        Assert.Equal(0, server.LeaseCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GetOrCreateMany_StaleValueOfRedisEndsBeforeTheLoaderFails_IsNotServed(bool isRemoved)
    {
        var time = new ManualTimeProvider();
        var server = new FakeRemoteServer(time);
        await using var writer = Node.Over(new FakeRemoteStore(server), time, Graced);
        await using var node = Node.Over(new FakeRemoteStore(server), time, Graced);
        await writer.Cache.SetAsync("p:42", "old", tags: ["t"]);
        time.Advance(TimeSpan.FromMinutes(10));
        await Assert.ThrowsAsync<FormatException>(() => node.Cache.GetOrCreateManyAsync<int, int, string>([42], id => $"p:{id}", 0, async (_, _, token) =>
        {
            if (isRemoved)
                await node.Cache.RemoveByTagAsync("t", token);
            else
                time.Advance(TimeSpan.FromHours(1));
            throw new FormatException();
        }).AsTask().WaitAsync(s_limit));
    }

    [Fact]
    public async Task GetOrCreateMany_TagsOfOneValueThrow_OtherKeysAreNotConcerned()
    {
        await using var node = Node.Over(new FakeRemoteStore(_server), configure: options => options.LeaseDuration = TimeSpan.FromMinutes(10));
        var load = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        var many = node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", 0,
            async (ids, _, _) =>
            {
                began.SetResult();
                await load.Task;
                return (IReadOnlyDictionary<int, int>)ids.ToDictionary(id => id);
            },
            tags: value => value == 1 ? throw new FormatException() : []).AsTask();
        await began.Task.WaitAsync(s_limit);
        var joined = node.Cache.GetOrCreateAsync<int>("p:2", _ => throw new InvalidOperationException("the batch loads it")).AsTask();

        load.SetResult();

        Assert.Equal(2, await joined.WaitAsync(s_limit));
        await Assert.ThrowsAsync<FormatException>(() => many.WaitAsync(s_limit));
        await Until.TrueAsync(() => !_server.IsLeased("p:1"));
        Assert.NotNull(_server.Peek(new("p:2", null)));
    }

    [Fact]
    public async Task GetOrCreate_StartsABackgroundRefresh_WithoutItsCallersFlow()
    {
        await using var node = Node.Over(new FakeRemoteStore(_server), configure: options => options.Default.Grace = TimeSpan.FromHours(1));
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"));
        await node.Cache.ExpireAsync("p:1");
        var ambient = new AsyncLocal<string?> { Value = "caller" };
        var seen = new TaskCompletionSource<string?>();

        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", _ =>
        {
            seen.SetResult(ambient.Value);
            return ValueTask.FromResult("new");
        }));

        Assert.Null(await seen.Task.WaitAsync(s_limit));
    }

    [Theory]
    [InlineData("TryGet", RemoteOperation.Get)]
    [InlineData("GetOrCreate", RemoteOperation.Get)]
    [InlineData("GetOrCreate", RemoteOperation.Acquire)]
    [InlineData("GetOrCreateMany", RemoteOperation.GetMany)]
    [InlineData("GetOrCreateMany", RemoteOperation.AcquireMany)]
    public async Task Read_CallerLeavesWhileRedisIsAsked_AtOnceAndNothingIsLoaded(string how, RemoteOperation operation)
    {
        var store = new GatedStore(new FakeRemoteStore(_server));
        await using var node = Node.Over(store, configure: options => options.RemoteTimeout = TimeSpan.FromSeconds(60));
        var asked = store.HoldBefore(operation);
        using var leaving = new CancellationTokenSource();
        var loads = 0;
        Task read = how switch
        {
            "TryGet" => node.Cache.TryGetAsync<int>("p:1", cancellationToken: leaving.Token).AsTask(),
            "GetOrCreate" => node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(++loads), cancellationToken: leaving.Token).AsTask(),
            _ => node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", 0, (ids, _, _) =>
            {
                loads++;
                return ValueTask.FromResult<IReadOnlyDictionary<int, int>>(ids.ToDictionary(id => id));
            }, cancellationToken: leaving.Token).AsTask(),
        };
        await asked.Reached;

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(TimeSpan.FromSeconds(10)));
        asked.Open();
        await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
        Assert.Equal(0, loads);
        Assert.Equal(operation is RemoteOperation.Get or RemoteOperation.GetMany ? 0 : 1, store.Count(RemoteOperation.Acquire) + store.Count(RemoteOperation.AcquireMany));
        await Until.TrueAsync(() => _server.LeaseCount == 0, "the leases are released");
    }

    [Fact]
    public async Task GetOrCreate_PendingInvalidationsAreBeingSent_GoesToTheOriginMeanwhile()
    {
        var faulty = new FaultyStore(new FakeRemoteStore(_server)) { Shape = FaultShape.FaultedTask };
        var store = new GatedStore(faulty);
        await using var node = Node.Over(store, configure: options =>
        {
            options.RemoteTimeout = TimeSpan.FromSeconds(60);
            options.BreakerThreshold = 100;
        });
        faulty.Fails = operation => operation == RemoteOperation.Invalidate;
        await node.Cache.RemoveAsync("p:1");
        var replay = store.HoldBefore(RemoteOperation.Invalidate);
        faulty.Fails = null;
        await replay.Reached;

        Assert.Equal("new", await node.Cache.GetOrCreateAsync("p:2", _ => ValueTask.FromResult("new")).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));

        replay.Open();
        await Until.TrueAsync(() => node.Inner.PendingInvalidationCount == 0);
    }

    private static void Graced(HotShelfCachingOptions options)
    {
        options.Default.Grace = TimeSpan.FromHours(1);
        options.Default.LoaderHardTimeout = TimeSpan.MaxValue;
    }
}
