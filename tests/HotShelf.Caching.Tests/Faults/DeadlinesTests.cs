using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;

namespace HotShelf.Caching.Tests.Faults;

/// <summary>Giving up on operations that hang, without a timer for each.</summary>
public sealed class DeadlinesTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(500);
    private readonly ManualTimeProvider _time = new();
    private readonly Deadlines _deadlines;

    public DeadlinesTests() => _deadlines = new Deadlines(s_limit, new CacheClock(_time));

    public void Dispose() => _deadlines.Dispose();

    [Fact]
    public async Task EndsInTime_OperationEndsFirst_IsTrueHoweverItEnds()
    {
        var (done, failed) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
        var (first, second) = (Wait(done), Wait(failed));

        done.SetResult(1);
        failed.SetException(new IOException());

        Assert.True(await first);
        Assert.True(await second);
    }

    [Fact]
    public async Task EndsInTime_OperationHangs_IsFalseOnceTheTimeIsOver()
    {
        var waits = Enumerable.Range(0, 100).Select(_ => Wait(new TaskCompletionSource<int>())).ToList();
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));

        _time.Advance(s_limit * 2);

        Assert.All(await Task.WhenAll(waits), Assert.False);
    }

    [Fact]
    public async Task EndsInTime_OperationEndsAfterItWasGivenUp_DisturbsNoLaterOne()
    {
        var late = new TaskCompletionSource<int>();
        var first = Wait(late);
        _time.Advance(s_limit * 2);
        Assert.False(await first);

        var next = new TaskCompletionSource<int>();
        var second = Wait(next);
        late.SetResult(1);

        Assert.False(second.IsCompleted);
        next.SetResult(2);
        Assert.True(await second);
    }

    [Fact]
    public async Task EndsInTime_WaitsAreUsedAgain_AnEarlierDeadlineDoesNotCount()
    {
        for (var round = 0; round < 50; round++)
        {
            var operation = new TaskCompletionSource<int>();
            var wait = Wait(operation);
            _time.Advance(s_limit * 0.9);
            operation.SetResult(round);
            Assert.True(await wait);
        }
    }

    [Fact]
    public async Task EndsInTime_ManyAtOnceOnAllThreads_EachHearsOfItsOwnEnd()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 5000), async (number, _) =>
        {
            var operation = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            var wait = Wait(operation);
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.operation.SetResult(state.number), (operation, number), preferLocal: false);
            Assert.True(await wait);
            Assert.True(operation.Task.IsCompleted);
        });
    }

    private Task<bool> Wait(TaskCompletionSource<int> operation) => _deadlines.EndsInTimeAsync(new ValueTask<int>(operation.Task)).AsTask();
}
