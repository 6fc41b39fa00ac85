using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>Every loader has a deadline.</summary>
public sealed class LoaderTimeoutTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly ManualTimeProvider _time = new();
    private readonly FakeRemoteServer _server;

    public LoaderTimeoutTests() => _server = new FakeRemoteServer(_time);

    private Node Start(Action<CachePolicy>? configure = null) => Node.Over(new FakeRemoteStore(_server), _time, options =>
    {
        options.LeaseDuration = TimeSpan.FromMinutes(10);
        var policy = options.Families["p"] = new CachePolicy { Jitter = 0, MaximumConcurrentFills = 1, LoaderHardTimeout = TimeSpan.FromSeconds(20) };
        configure?.Invoke(policy);
    });

    private static (Func<CancellationToken, ValueTask<string>> Load, Task Began, TaskCompletionSource<string> Result) Hanging(bool heedsItsToken = false)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        return (token =>
        {
            began.TrySetResult();
            return new(heedsItsToken ? result.Task.WaitAsync(token) : result.Task);
        }, began.Task.WaitAsync(s_limit), result);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_LoaderTakesLongerThanTheHardTimeout_ThrowsAndHoldsNothing(bool heedsItsToken)
    {
        await using var node = Start();
        // The first use of a family detaches its flights.
        await node.Cache.GetOrCreateAsync("p:first", _ => ValueTask.FromResult("first"));
        var (load, began, result) = Hanging(heedsItsToken);
        var read = node.Cache.GetOrCreateAsync("p:1", load).AsTask();
        await began;
        var joined = node.Cache.GetOrCreateAsync("p:1", load).AsTask();

        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(read.IsCompleted);
        // Waits for the only place.
        var later = node.Cache.GetOrCreateAsync("p:3", _ => ValueTask.FromResult("later")).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<CacheLoaderTimeoutException>(() => read.WaitAsync(s_limit));
        Assert.Equal("p", failure.Family);
        Assert.Contains("Caching:Families:p:LoaderHardTimeout", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CacheLoaderTimeoutException>(() => joined.WaitAsync(s_limit));
        Assert.Equal("later", await later.WaitAsync(s_limit));
        await Until.TrueAsync(() => !_server.IsLeased("p:1"));
        result.TrySetResult("too late");
        Assert.Equal("next", await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("next")).AsTask().WaitAsync(s_limit));
    }

    [Fact]
    public async Task GetOrCreate_LoaderEndsAfterTheHardTimeout_ItsTokenIsDisposed()
    {
        // Until then it is registered with the token of its callers, which a refresh in the background never cancels.
        await using var node = Start();
        var began = new TaskCompletionSource<CancellationToken>();
        var result = new TaskCompletionSource<string>();
        var read = node.Cache.GetOrCreateAsync("p:1", token =>
        {
            began.SetResult(token);
            return new ValueTask<string>(result.Task);
        }).AsTask();
        var given = await began.Task.WaitAsync(s_limit);
        _time.Advance(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<CacheLoaderTimeoutException>(() => read.WaitAsync(s_limit));
        Assert.True(given.IsCancellationRequested);
        Assert.NotNull(given.WaitHandle);

        result.SetResult("too late");

        await Until.TrueAsync(() => Record.Exception(() => given.WaitHandle) is ObjectDisposedException);
    }

    [Fact]
    public async Task GetOrCreate_SlowLoaderAfterTagRemoval_IsWaitedForAndOnlyItsFailureBringsTheOldValue()
    {
        await using var node = Start(policy => (policy.Grace, policy.FailSafeAfterTagRemoval, policy.LoaderSoftTimeout) = (TimeSpan.FromHours(1), true, TimeSpan.FromSeconds(1)));
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"), tags: ["t"]);
        await node.Cache.RemoveByTagAsync("t");
        var (load, began, result) = Hanging();
        var read = node.Cache.GetOrCreateAsync("p:1", load, tags: ["t"]).AsTask();
        await began;
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(read.IsCompleted);
        result.SetException(new InvalidOperationException("the origin is away"));
        Assert.Equal("old", await read.WaitAsync(s_limit));

        (load, began, result) = Hanging();
        read = node.Cache.GetOrCreateAsync("p:1", load, tags: ["t"]).AsTask();
        await began;
        _time.Advance(TimeSpan.FromSeconds(10));
        result.SetResult("new");
        Assert.Equal("new", await read.WaitAsync(s_limit));
    }

    [Fact]
    public async Task GetOrCreate_WaitsForItsPlaceLongerThanTheHardTimeout_IsRefused()
    {
        await using var node = Start(policy => policy.LoaderHardTimeout = TimeSpan.FromSeconds(20));
        var (load, began, result) = Hanging();
        var gate = node.Inner.Families.Of("p:1").Gate;
        // A place that never comes free: not a loader's, which would be given up as well.
        Assert.True(await gate.EnterAsync([null], _time, default));
        var read = node.Cache.GetOrCreateAsync("p:1", load).AsTask();
        await Until.TrueAsync(() => gate.Queued == 1);

        _time.Advance(TimeSpan.FromSeconds(20));

        await Assert.ThrowsAsync<CacheOverloadedException>(() => read.WaitAsync(s_limit));
        Assert.False(began.IsCompleted);
        gate.Leave();
        result.SetResult("loaded");
        Assert.Equal("loaded", await node.Cache.GetOrCreateAsync("p:1", load).AsTask().WaitAsync(s_limit));
    }

    [Fact]
    public async Task GetOrCreateMany_LoaderTakesLongerThanTheHardTimeout_Throws()
    {
        await using var node = Start();
        var began = new TaskCompletionSource();
        var never = new TaskCompletionSource<IReadOnlyDictionary<int, string>>();
        var read = node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", 0, (_, _, _) =>
        {
            began.SetResult();
            return new ValueTask<IReadOnlyDictionary<int, string>>(never.Task);
        }).AsTask();
        await began.Task.WaitAsync(s_limit);

        _time.Advance(TimeSpan.FromSeconds(20));

        await Assert.ThrowsAsync<CacheLoaderTimeoutException>(() => read.WaitAsync(s_limit));
        await Until.TrueAsync(() => !_server.IsLeased("p:1") && !_server.IsLeased("p:2"));
    }

    [Fact]
    public async Task BackgroundRefresh_LoaderHangs_TheNextRefreshRuns()
    {
        await using var node = Start(policy =>
        {
            policy.Grace = TimeSpan.FromHours(1);
            policy.FailSafeThrottle = TimeSpan.Zero;
        });
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"));
        await node.Cache.ExpireAsync("p:1");
        var (load, began, _) = Hanging();
        Assert.Equal("old", await node.Cache.GetOrCreateAsync("p:1", load));
        await began;

        _time.Advance(TimeSpan.FromSeconds(20));

        await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
        await Until.TrueAsync(async () => await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("new")) == "new");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_LoaderTakesLongerThanTheSoftTimeout_ServesStaleAndStoresInTheEnd(bool isBatch)
    {
        await using var node = Start(policy =>
        {
            policy.Grace = TimeSpan.FromHours(1);
            policy.LoaderSoftTimeout = TimeSpan.FromSeconds(1);
        });
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("old"));
        await node.Cache.ExpireAsync("p:1");
        var copy = node.Inner.Local.Find("p:1");
        if (copy is null)
            Assert.True((await node.Cache.TryGetAsync<string>("p:1")).IsStale);
        // L1 may not answer by itself any more, and L2 has lost the value.
        _time.Advance(TimeSpan.FromMinutes(2));
        _server.Forget(new("p:1", null));
        var (load, began, result) = Hanging();

        Task<string> Read() => isBatch
            ? ManyAsync(node, load)
            : node.Cache.GetOrCreateAsync("p:1", load).AsTask();
        var first = Read();
        await began;
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("old", await first.WaitAsync(s_limit));
        Assert.Equal("old", await Read().WaitAsync(s_limit));
        result.SetResult("new");
        await Until.TrueAsync(() => node.Inner.RunningFlights == 0);
        Assert.Equal("new", await node.Cache.GetOrCreateAsync<string>("p:1", _ => throw new InvalidOperationException("it was stored")));
    }

    private static async Task<string> ManyAsync(Node node, Func<CancellationToken, ValueTask<string>> load)
    {
        var found = await node.Cache.GetOrCreateManyAsync([1], id => $"p:{id}", load, async (_, load, token) =>
            (IReadOnlyDictionary<int, string>)new Dictionary<int, string> { [1] = await load(token) });
        return found[1];
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(172_800, null)]
    [InlineData(10, 10)]
    [InlineData(10, 0)]
    public async Task Start_TimeoutOutOfRange_Fails(int hard, int? soft)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var node = Start(policy => (policy.LoaderHardTimeout, policy.LoaderSoftTimeout) = (TimeSpan.FromSeconds(hard), soft is null ? null : TimeSpan.FromSeconds(soft.Value)));
        });
        Assert.Contains(soft is null ? "Families:p:LoaderHardTimeout" : "Families:p:LoaderSoftTimeout", failure.Message, StringComparison.Ordinal);
    }
}
