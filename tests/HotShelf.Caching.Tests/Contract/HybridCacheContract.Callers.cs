using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    [RedisFact]
    public async Task Callers_WhoMissTogether_ShareOneLoad()
    {
        var key = Key();
        var loads = 0;
        var release = new TaskCompletionSource();
        var reads = Enumerable.Range(0, 50).Select(_ => Task.Run(() => Cache.GetOrCreateAsync(key, async _ =>
        {
            Interlocked.Increment(ref loads);
            await release.Task;
            return "a";
        }).AsTask())).ToArray();
        await UntilLoadingAsync(() => loads > 0);
        release.SetResult();
        Assert.All(await Task.WhenAll(reads), value => Assert.Equal("a", value));
        Assert.Equal(1, loads);
    }

    [RedisFact]
    public async Task Cancellation_OfOneCaller_LeavesTheOthersTheirLoad()
    {
        var key = Key();
        var load = new HeldLoad();
        using var impatient = new CancellationTokenSource();
        var first = Cache.GetOrCreateAsync(key, load.RunAsync, cancellationToken: impatient.Token).AsTask();
        await load.Started;
        using var patient = new CancellationTokenSource();
        var second = Cache.GetOrCreateAsync(key, NotCalled<string>(), cancellationToken: patient.Token).AsTask();
        await impatient.CancelAsync();
        var canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(impatient.Token, canceled.CancellationToken);
        Assert.False(load.IsCanceled);
        load.Release.SetResult();
        Assert.Equal("loaded", await second);
        Assert.Equal("loaded", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task Cancellation_OfEveryCaller_CancelsTheLoadAndTheNextCallStartsAnew()
    {
        var key = Key();
        var load = new HeldLoad();
        using var one = new CancellationTokenSource();
        using var two = new CancellationTokenSource();
        var first = Cache.GetOrCreateAsync(key, load.RunAsync, cancellationToken: one.Token).AsTask();
        await load.Started;
        var second = Cache.GetOrCreateAsync(key, NotCalled<string>(), cancellationToken: two.Token).AsTask();
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(load.IsCanceled);
        await two.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await UntilLoadingAsync(() => load.IsCanceled);
        Assert.Equal("new", await Cache.GetOrCreateAsync(key, Value("new")));
    }

    [RedisFact]
    public async Task Cancellation_LoaderIgnoresIt_DoesNotDelayOtherCallers()
    {
        var key = Key();
        var load = new HeldLoad(heeds: false);
        using var one = new CancellationTokenSource();
        var first = Cache.GetOrCreateAsync(key, load.RunAsync, cancellationToken: one.Token).AsTask();
        await load.Started;
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("new", await Cache.GetOrCreateAsync(key, Value("new")).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        load.Release.SetResult();
        Assert.Equal("new", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task Cancellation_BeforeTheCall_LoadsNothing()
    {
        var canceled = new CancellationToken(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.GetOrCreateAsync(Key(), NotCalled<string>(), cancellationToken: canceled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.SetAsync(Key(), "a", cancellationToken: canceled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.RemoveAsync(Key(), canceled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.RemoveByTagAsync("t", canceled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.TryGetAsync<string>(Key(), cancellationToken: canceled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.ExpireAsync(Key(), canceled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache.RefreshAsync(Key(), 0, static (_, _, token) => NotCalled<string>()(token), cancellationToken: canceled).AsTask());
    }

    [RedisFact]
    public async Task Exception_OfTheLoader_IsThrownToEveryCallerAndNothingIsStored()
    {
        var key = Key();
        var release = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var reads = Enumerable.Range(0, 5).Select(_ => Cache.GetOrCreateAsync<string>(key, async _ =>
        {
            started.TrySetResult();
            await release.Task;
            throw new TimeoutException("origin");
        }).AsTask()).ToArray();
        await started.Task;
        release.SetResult();
        foreach (var read in reads)
            Assert.Equal("origin", (await Assert.ThrowsAsync<TimeoutException>(() => read)).Message);
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a")));
    }

    [RedisFact]
    public async Task Exception_ThrownBeforeTheFirstAwait_IsTheCallersToo()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Cache.GetOrCreateAsync(Key(), Fails<string>()).AsTask());
    }

    /// <summary>The origin's own cancellation, such as an HttpClient's timeout, is a failure like any other.</summary>
    [RedisFact]
    public async Task Exception_OfTheLoadersOwnCancellation_IsCountedAsAFailureOfEachCaller()
    {
        var key = Key($"f{Guid.NewGuid():N}");
        var counters = backend.Node.Inner.Families.Of(key).Counters;
        var release = new TaskCompletionSource();
        var single = Cache.GetOrCreateAsync<string>(key, async _ =>
        {
            await release.Task;
            throw new TaskCanceledException();
        }).AsTask();
        var joined = Cache.GetOrCreateAsync(key, NotCalled<string>()).AsTask();
        release.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => single);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => joined);
        Assert.Equal(2, counters.Failures.Value);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ManyAsync<string>(key, [1], _ => throw new TaskCanceledException()).AsTask());
        Assert.Equal(3, counters.Failures.Value);

        var load = new HeldLoad();
        using var leaving = new CancellationTokenSource();
        var left = Cache.GetOrCreateAsync(key, load.RunAsync, cancellationToken: leaving.Token).AsTask();
        await load.Started;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal(3, counters.Failures.Value);
    }

    [RedisFact]
    public async Task Types_ThatDiffer_UnderOneKey_DoNotMeet()
    {
        var key = Key();
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a")));
        Assert.Equal(1, await Cache.GetOrCreateAsync(key, Value(1)));
        // Redis still has the first; in memory alone the number has replaced it.
        Assert.Contains(await Cache.GetOrCreateAsync(key, Value("b")), (string[])["a", "b"]);
    }

    private static Task UntilLoadingAsync(Func<bool> condition) => Until.TrueAsync(condition);
}
