using System.Diagnostics;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>Loaders that block their thread, as synchronous drivers do, delay only the callers that wait for a place of the fill gate.</summary>
[Collection(TimedTests.Name)]
public sealed class BlockedLoaderTests
{
    private const int Callers = 200;
    private static readonly TimeSpan s_load = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task EndsInTime_OneCallerBlocksAfterItsTimeout_TheOthersGoOn()
    {
        var time = new ManualTimeProvider();
        using var deadlines = new Deadlines(TimeSpan.FromMilliseconds(500), new CacheClock(time));
        using var others = new CountdownEvent(9);
        async Task<bool> WaitAsync(bool blocks)
        {
            var inTime = await deadlines.EndsInTimeAsync(new ValueTask<int>(new TaskCompletionSource<int>().Task)).ConfigureAwait(false);
            if (!blocks)
                others.Signal();
            else if (!others.Wait(TimeSpan.FromSeconds(30)))
                throw new InvalidOperationException("the others wait for this caller");
            return inTime;
        }

        var waits = Enumerable.Range(0, 10).Select(i => WaitAsync(blocks: i == 0)).ToList();

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.All(await Task.WhenAll(waits).WaitAsync(TimeSpan.FromSeconds(60)), Assert.False);
    }

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_LoadersBlock_AllAreAnsweredInTheTimeOfTheGate(bool isStopped)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, options => options.Default.MaximumConcurrentFills = 50);
        await node.Cache.GetOrCreateAsync("p:first", _ => ValueTask.FromResult("value"));
        using var never = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 256), ports);
        try
        {
            if (isStopped)
                await redis.PauseAsync();
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(async () => await node.Cache.GetOrCreateAsync($"p:{i}", _ =>
            {
                never.Wait(s_load, CancellationToken.None);
                return ValueTask.FromResult("value");
            }))));
            // 200 loads, 50 at a time, take 0.4 s, and two time-outs of Redis come before them. One after another they take 20 s.
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
            await redis.ResumeAsync();
        }
    }
}
