using System.Diagnostics;
using HotShelf.Load;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Benchmarks;

/// <summary>A cold key asked for by 4 nodes with 64 callers each: how often the loader runs, and how long all wait.</summary>
internal static class ColdFills
{
    private const int Nodes = 4;
    private const int Callers = 64;
    private static readonly ManualResetEvent s_never = new(false);

    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        Console.WriteLine();
        Console.WriteLine($"### Cold key, {Nodes} nodes x {Callers} callers, loader of 5 ms");
        Console.WriteLine();
        Console.WriteLine("| | loads a key | median until all have it, ms | p95 | worst |");
        Console.WriteLine("|-|-:|-:|-:|-:|");
        await MeasureAsync("HotShelf", 200, () => Caches.Create(redis.ConnectionString), static node => node.CoherentAsync(), static (node, key, load) => node.Cache().GetOrCreateAsync(key, load));
        await MeasureAsync("HybridCache", 200, () => Peers.HybridCache(redis.ConnectionString), static _ => Task.CompletedTask, static (node, key, load) => node.Cache().GetOrCreateAsync(key, load));
        await MeasureAsync("FusionCache", 200, () => Peers.FusionCache(redis.ConnectionString), static _ => Task.CompletedTask, FusionAsync);
        await MeasureAsync("FusionCache with its distributed locker", 40, () => Peers.FusionCache(redis.ConnectionString, withLocker: true), static _ => Task.CompletedTask, FusionAsync);
    }

    private static ValueTask<string> FusionAsync(ServiceProvider node, string key, Func<CancellationToken, ValueTask<string>> load) =>
        node.Fusion().GetOrSetAsync<string>(key, async (_, token) => await load(token));

    private static async Task MeasureAsync(
        string name, int keys, Func<ServiceProvider> create, Func<ServiceProvider, Task> started, Func<ServiceProvider, string, Func<CancellationToken, ValueTask<string>>, ValueTask<string>> read)
    {
        var nodes = Enumerable.Range(0, Nodes).Select(_ => create()).ToArray();
        foreach (var node in nodes)
            await started(node);
        var loads = 0;
        var times = new List<double>();
        // The first keys pay for connections and for compiling.
        var warming = keys / 4;
        for (var i = 0; i < warming + keys; i++)
        {
            var key = $"product:{name}{i}";
            if (i == warming)
                loads = 0;
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, Callers).Select(_ => read(node, key, async token =>
            {
                Interlocked.Increment(ref loads);
                // Not Task.Delay: its clock ticks every 4 ms on Linux, so that it takes between 5 and 9.
                await Task.Factory.StartNew(static () => s_never.WaitOne(5), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                return "value";
            }).AsTask())));
            if (i >= warming)
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine(FormattableString.Invariant($"| {name} | {loads / (double)keys:N2} | {Medians.Of(times):N1} | {times[keys * 95 / 100]:N1} | {times[^1]:N1} |"));
        foreach (var node in nodes)
            await node.DisposeAsync();
    }
}
