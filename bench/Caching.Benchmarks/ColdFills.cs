using System.Diagnostics;
using HotShelf.TestServers;

namespace HotShelf.Caching.Benchmarks;

/// <summary>A cold key asked for by 4 nodes with 64 callers each: how often the loader runs, and how long all wait.</summary>
internal static class ColdFills
{
    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var nodes = Enumerable.Range(0, 4).Select(_ => Caches.Create(redis.ConnectionString)).ToArray();
        foreach (var node in nodes)
            await node.CoherentAsync();
        var loads = 0;
        var times = new List<double>();
        const int Keys = 100;
        for (var i = 0; i < Keys; i++)
        {
            var key = $"product:{i}";
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 64).Select(_ => node.Cache().GetOrCreateAsync(key, async token =>
            {
                Interlocked.Increment(ref loads);
                await Task.Delay(5, token);
                return "value";
            }).AsTask())));
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine();
        Console.WriteLine("### Cold key, 4 nodes x 64 callers, loader of 5 ms");
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"loads a key: {loads / (double)Keys:N2}; until all 256 have it: median {Loop.Median(times):N1} ms, worst {times.Max():N1} ms"));
        foreach (var node in nodes)
            await node.DisposeAsync();
    }
}
