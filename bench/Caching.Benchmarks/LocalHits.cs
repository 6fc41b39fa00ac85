using BenchmarkDotNet.Attributes;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace HotShelf.Caching.Benchmarks;

/// <summary>A fresh entry in this process' memory, against <see cref="MemoryCache"/>.</summary>
internal static class LocalHits
{
    private const int Operations = 500_000;

    public static async Task RunAsync()
    {
        using var memory = new MemoryCache(new MemoryCacheOptions());
        memory.Set("product:42", "value", TimeSpan.FromHours(1));
        await using var services = Caches.Create(null);
        var cache = services.Cache();
        await using var hybridServices = Peers.HybridCache(null);
        var hybrid = hybridServices.Cache();
        await using var fusionServices = Peers.FusionCache(null);
        var fusion = fusionServices.Fusion();
        var lru = new ConcurrentLru<string, string>(1_000);
        lru.AddOrUpdate("product:42", "value");
        var lfu = new ConcurrentLfu<string, string>(1_000);
        lfu.AddOrUpdate("product:42", "value");
        await using var redis = await RedisServer.StartAsync();
        using var freeRedis = Peers.FreeRedis(redis.ConnectionString);
        freeRedis.Set("product:42", "value");
        var mutable = MutableProduct.Create(42);
        var immutable = ImmutableProduct.Create(42);
        string[] tags = ["category:audio", "brand:acme"];

        Loop.Print("L1 hit, one thread, same key", await Loop.RunAsync(Operations,
            ("MemoryCache.TryGetValue (string)", operations => Sync(operations, () => memory.TryGetValue("product:42", out string? _))),
            ("HotShelf, string", Reads(cache, "text:1", "value")),
            ("HotShelf, string, 2 tags", Reads(cache, "text:2", "value", tags)),
            ("HotShelf, immutable record", Reads(cache, "record:1", immutable)),
            ("HotShelf, mutable object (each reader its own)", Reads(cache, "object:1", mutable)),
            ("HotShelf, mutable object, 2 tags", Reads(cache, "object:2", mutable, tags)),
            ("HybridCache, string", Reads(hybrid, "text:1", "value")),
            ("HybridCache, string, 2 tags", Reads(hybrid, "text:2", "value", tags)),
            ("HybridCache, immutable record", Reads(hybrid, "record:1", immutable)),
            ("HybridCache, mutable object (each reader its own)", Reads(hybrid, "object:1", mutable)),
            ("FusionCache, string", Reads(fusion, "text:1", "value")),
            ("FusionCache, string, 2 tags", Reads(fusion, "text:2", "value", tags)),
            ("FusionCache, mutable object (shared)", Reads(fusion, "object:1", mutable)),
            ("BitFaster ConcurrentLru", operations => Sync(operations, () => lru.TryGet("product:42", out _))),
            ("BitFaster ConcurrentLfu", operations => Sync(operations, () => lfu.TryGet("product:42", out _))),
            ("FreeRedis, client-side caching", operations => Sync(operations, () => freeRedis.Get("product:42")))));

        var keys = Enumerable.Range(0, 16).Select(i => $"text:{i}").ToArray();
        foreach (var key in keys)
        {
            memory.Set(key, "value", TimeSpan.FromHours(1));
            await cache.SetAsync(key, "value");
        }

        Loop.Print("L1 hit, 2 threads, 16 keys (wall time of an operation)", await Loop.RunAsync(Operations,
            ("MemoryCache.TryGetValue (string)", operations => Two(operations, i => memory.TryGetValue(keys[i & 15], out string? _))),
            ("HotShelf, string", operations => Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < operations / 2; i++)
                    await cache.GetOrCreateAsync(keys[i & 15], 0, static (_, _) => new ValueTask<string>(""));
            }))))));
    }

    private static Func<int, Task> Reads<T>(HybridCache cache, string key, T value, string[]? tags = null)
    {
        cache.SetAsync(key, value, tags: tags).AsTask().Wait();
        return async operations =>
        {
            // A hit completes at once: this loop never leaves its thread.
            for (var i = 0; i < operations; i++)
                await cache.GetOrCreateAsync<object?, T>(key, null, static (_, _) => throw new InvalidOperationException("not a hit"), null, tags);
        };
    }

    private static Func<int, Task> Reads<T>(IFusionCache cache, string key, T value, string[]? tags = null)
    {
        cache.Set(key, value, tags: tags);
        return async operations =>
        {
            for (var i = 0; i < operations; i++)
                await cache.GetOrSetAsync<T>(key, static (_, _) => throw new InvalidOperationException("not a hit"), tags: tags);
        };
    }

    private static Task Sync(int operations, Action operation)
    {
        for (var i = 0; i < operations; i++)
            operation();
        return Task.CompletedTask;
    }

    private static Task Two(int operations, Action<int> operation) =>
        Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < operations / 2; i++)
                operation(i);
        })));
}

/// <summary>The same cases under BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class LocalHitBenchmarks
{
    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private ServiceProvider _services = null!;
    private HybridCache _cache = null!;

    /// <summary>Fills both caches.</summary>
    [GlobalSetup]
    public async Task Setup()
    {
        _services = Caches.Create(null);
        _cache = _services.Cache();
        _memory.Set("product:42", "value", TimeSpan.FromHours(1));
        await _cache.SetAsync("product:42", "value");
        await _cache.SetAsync("object:42", MutableProduct.Create(42));
    }

    /// <summary>The baseline.</summary>
    [Benchmark(Baseline = true)]
    public bool MemoryCache() => _memory.TryGetValue("product:42", out string? _);

    /// <summary>An immutable value.</summary>
    [Benchmark]
    public ValueTask<string> HotShelfString() => _cache.GetOrCreateAsync("product:42", 0, static (_, _) => new ValueTask<string>(""));

    /// <summary>A value that is copied for each caller.</summary>
    [Benchmark]
    public async ValueTask<object> HotShelfMutable() => await _cache.GetOrCreateAsync("object:42", 0, static (_, _) => new ValueTask<MutableProduct>(new MutableProduct()));

    /// <summary>Ends the cache.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _services.Dispose();
        _memory.Dispose();
    }
}
