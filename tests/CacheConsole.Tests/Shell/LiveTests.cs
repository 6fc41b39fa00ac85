using HotShelf.CacheConsole.Data;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class LiveTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Watch_SeveralWatchers_ReadOnceForAll()
    {
        var reads = 0;
        var live = new Live<string>(TimeSpan.FromHours(1), TimeProvider.System, _ => ValueTask.FromResult($"{Interlocked.Increment(ref reads)}"));
        using var first = live.Watch(() => { });
        using var second = live.Watch(() => { });
        await live.FirstAsync(s_limit);
        Assert.Equal("1", live.Current.Value);
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task Watch_AfterAReading_IsTold()
    {
        var live = new Live<string>(TimeSpan.FromMilliseconds(1), TimeProvider.System, _ => ValueTask.FromResult("value"));
        var told = new SemaphoreSlim(0);
        using (live.Watch(() => told.Release()))
            Assert.True(await told.WaitAsync(s_limit));
    }

    [Fact]
    public async Task Read_Failing_KeepsTheValueAndSaysWhy()
    {
        var works = true;
        var live = new Live<string>(TimeSpan.FromMilliseconds(1), TimeProvider.System, _ => works ? ValueTask.FromResult("value") : throw new InvalidOperationException("Redis is away."));
        var changed = new SemaphoreSlim(0);
        using var watching = live.Watch(() => changed.Release());
        await live.FirstAsync(s_limit);
        works = false;
        while (live.Current.Problem is null)
            Assert.True(await changed.WaitAsync(s_limit));
        Assert.Equal(("value", "Redis is away."), (live.Current.Value, live.Current.Problem));
        var since = live.Current.FailingSince;
        Assert.NotNull(since);
        Assert.True(await changed.WaitAsync(s_limit));
        Assert.True(await changed.WaitAsync(s_limit));
        Assert.Equal(since, live.Current.FailingSince);
        works = true;
        while (live.Current.Problem is not null)
            Assert.True(await changed.WaitAsync(s_limit));
        Assert.Null(live.Current.FailingSince);
    }

    [Fact]
    public async Task Refresh_BetweenReadings_ReadsAtOnce()
    {
        var reads = 0;
        var live = new Live<string>(TimeSpan.FromHours(1), TimeProvider.System, _ => ValueTask.FromResult($"{Interlocked.Increment(ref reads)}"));
        var changed = new SemaphoreSlim(0);
        using var watching = live.Watch(() => changed.Release());
        Assert.True(await changed.WaitAsync(s_limit));
        // It may come before the pause begins, which is when it counts.
        while (live.Current.Value == "1")
        {
            live.Refresh();
            await Task.Yield();
        }

        Assert.True(await changed.WaitAsync(s_limit));
    }

    [Fact]
    public async Task Start_WithAnIdleInterval_ReadsWithoutAPageAndAtOnceForTheFirst()
    {
        var reads = 0;
        var live = new Live<string>(TimeSpan.FromHours(1), TimeProvider.System, _ => ValueTask.FromResult($"{Interlocked.Increment(ref reads)}"), idle: TimeSpan.FromHours(1));
        live.Start();
        await live.FirstAsync(s_limit);
        Assert.Equal("1", live.Current.Value);
        var changed = new SemaphoreSlim(0);
        using var watching = live.Watch(() => changed.Release());
        Assert.True(await changed.WaitAsync(s_limit));
    }

    [Fact]
    public async Task FirstAsync_WithoutAnAnswer_WaitsNoLongerThanItMay()
    {
        var never = new TaskCompletionSource<string>();
        var live = new Live<string>(TimeSpan.FromHours(1), TimeProvider.System, _ => new ValueTask<string>(never.Task));
        using var watching = live.Watch(() => { });
        await live.FirstAsync(TimeSpan.FromMilliseconds(1)).WaitAsync(s_limit);
        Assert.Null(live.Current.Value);
        never.SetResult("late");
    }
}
