using System.Diagnostics;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace HotShelf.Caching.Benchmarks;

/// <summary>
/// 10,000 hot keys that all expire within one second, each read by all of 8 nodes at the moment at which it expires: how often the origin is asked, and how fast at most.
/// </summary>
internal static class Storm
{
    private const int Nodes = 8;
    private const int Keys = 10_000;
    private const int CallersOfNode = 64;

    /// <summary>Longer than it takes until all nodes have all keys.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_within = TimeSpan.FromSeconds(1);

    /// <summary>The peak is counted in buckets of this length.</summary>
    private static readonly TimeSpan s_bucket = TimeSpan.FromMilliseconds(250);

    /// <summary>The storm is measured for so long at most.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    public static async Task RunAsync()
    {
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"### Storm: {Keys:N0} keys on {Nodes} nodes expire within {s_within.TotalSeconds:N0} s, loader of 5 ms"));
        Console.WriteLine();
        Console.WriteLine("| | loads a key | peak loads/s at the origin | reads, ms: median | 99th percentile | s until all nodes have all keys |");
        Console.WriteLine("|-|-:|-:|-:|-:|-:|");
        await using var redis = await RedisServer.StartAsync();
        await MeasureAsync("HotShelf", () => Caches.Create(redis.ConnectionString, Configure), static (node, key, lifetime, load) =>
            node.Cache().GetOrCreateAsync(key, load, new HybridCacheEntryOptions { Expiration = lifetime }));
        await MeasureAsync("HotShelf, each node for itself (no L2, no leases)", () => Caches.Create(redis.ConnectionString, Configure), static (node, key, lifetime, load) =>
            node.Cache().GetOrCreateAsync("alone:" + key, load, new HybridCacheEntryOptions { Expiration = lifetime, Flags = HybridCacheEntryFlags.DisableDistributedCacheWrite }));
        await MeasureAsync("HybridCache", () => Peers.HybridCache(redis.ConnectionString), static (node, key, lifetime, load) =>
            node.Cache().GetOrCreateAsync("hybrid:" + key, load, new HybridCacheEntryOptions { Expiration = lifetime, LocalCacheExpiration = lifetime }));
        await MeasureAsync("FusionCache", () => Peers.FusionCache(redis.ConnectionString), static (node, key, lifetime, load) =>
            node.Fusion().GetOrSetAsync<string>("fusion:" + key, async (_, token) => await load(token), new FusionCacheEntryOptions(lifetime)));
        await MeasureAsync("FusionCache with its distributed locker", () => Peers.FusionCache(redis.ConnectionString, withLocker: true), static (node, key, lifetime, load) =>
            node.Fusion().GetOrSetAsync<string>("locked:" + key, async (_, token) => await load(token), new FusionCacheEntryOptions(lifetime)));
    }

    /// <summary>Without jitter and grace: the keys expire when the storm wants them to, and all who read them then must wait.</summary>
    private static void Configure(HotShelfCachingOptions options)
    {
        options.Default.Jitter = 0;
        options.Default.MaximumConcurrentFills = 10_000;
        options.LocalSizeLimit = 1L << 30;
    }

    private static async Task MeasureAsync(string name, Func<ServiceProvider> create, Func<ServiceProvider, string, TimeSpan, Func<CancellationToken, ValueTask<string>>, ValueTask<string>> read)
    {
        var nodes = Enumerable.Range(0, Nodes).Select(_ => create()).ToArray();
        if (nodes[0].GetService<ICacheInspector>() is not null)
        {
            foreach (var node in nodes)
                await node.CoherentAsync();
        }

        var loads = 0;
        var buckets = new int[(int)(s_limit / s_bucket) + 1];
        var began = Stopwatch.GetTimestamp();
        TimeSpan ExpiryOf(int key) => s_lifetime + s_within * (key / (double)Keys);
        ValueTask<string> FillAsync(ServiceProvider node, int key) =>
            read(node, $"hot:{key}", ExpiryOf(key) - Stopwatch.GetElapsedTime(began), static _ => new ValueTask<string>("old"));

        // The first node fills L2, the others read it there.
        await ForAllKeysAsync(key => FillAsync(nodes[0], key));
        await Task.WhenAll(nodes.Skip(1).Select(node => ForAllKeysAsync(key => FillAsync(node, key))));
        if (Stopwatch.GetElapsedTime(began) > s_lifetime)
        {
            Console.WriteLine(FormattableString.Invariant($"| {name} | not measured: the first fills took longer than {s_lifetime.TotalSeconds:N0} s | | | | |"));
        }
        else
        {
            var took = new double[Nodes * Keys];
            var unread = Nodes * Keys;
            await Task.WhenAll(nodes.Select((node, index) => ForAllKeysAsync(async key =>
            {
                // A little later: the nodes do not round the moment alike.
                var wait = ExpiryOf(key) + TimeSpan.FromMilliseconds(20) - Stopwatch.GetElapsedTime(began);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait);
                if (Stopwatch.GetElapsedTime(began) > s_lifetime + s_limit)
                    return "";
                var asked = Stopwatch.GetTimestamp();
                var value = await read(node, $"hot:{key}", TimeSpan.FromHours(1), async token =>
                {
                    Interlocked.Increment(ref loads);
                    var bucket = (int)((Stopwatch.GetElapsedTime(began) - s_lifetime) / s_bucket);
                    Interlocked.Increment(ref buckets[Math.Clamp(bucket, 0, buckets.Length - 1)]);
                    await Task.Delay(5, token);
                    return "new";
                });
                took[index * Keys + key] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                Interlocked.Decrement(ref unread);
                return value;
            })));
            var seconds = (Stopwatch.GetElapsedTime(began) - s_lifetime).TotalSeconds;
            Array.Sort(took);
            Console.WriteLine(FormattableString.Invariant(
                $"| {name} | {loads / (double)Keys:N2} | {buckets.Max() / s_bucket.TotalSeconds:N0} | {took[took.Length / 2]:N1} | {took[took.Length * 99 / 100]:N0} | {seconds:N1}{(unread > 0 ? $", {unread} reads not begun" : "")} |"));
        }

        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    private static Task ForAllKeysAsync(Func<int, ValueTask<string>> read) =>
        Parallel.ForEachAsync(Enumerable.Range(0, Keys), new ParallelOptions { MaxDegreeOfParallelism = CallersOfNode }, async (key, _) => await read(key));
}
