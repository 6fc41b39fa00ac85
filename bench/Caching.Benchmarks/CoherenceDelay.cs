using System.Diagnostics;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Caching.Benchmarks;

/// <summary>Time from a foreign DEL until a node's L1 no longer answers with the copy.</summary>
internal static class CoherenceDelay
{
    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var services = Caches.Create(redis.ConnectionString);
        var cache = services.Cache();
        await services.CoherentAsync();
        using var foreign = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = foreign.GetDatabase();
        var delays = new List<double>();
        for (var i = 0; i < 3_000; i++)
        {
            await cache.SetAsync("product:1", "value");
            await cache.GetOrCreateAsync("product:1", static _ => new ValueTask<string>("value"));
            await Task.Yield();
            var deleting = Stopwatch.GetTimestamp();
            await database.KeyDeleteAsync("{hs:v1:product:1}");
            // A read with a marker tells a copy from a load; it is the very look-up that callers make.
            while ((await cache.TryGetAsync<string>("product:1", s_localOnly)).Found)
                await Task.Yield();
            delays.Add(Stopwatch.GetElapsedTime(deleting).TotalMilliseconds);
        }

        delays.Sort();
        Console.WriteLine();
        Console.WriteLine("### A foreign DEL, until L1 has forgotten (the DEL's own round trip included)");
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"p50 {delays[delays.Count / 2]:N2} ms, p99 {delays[delays.Count * 99 / 100]:N2} ms, worst {delays[^1]:N2} ms"));
    }

    private static readonly Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryOptions s_localOnly =
        new() { Flags = Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags.DisableDistributedCache };
}
