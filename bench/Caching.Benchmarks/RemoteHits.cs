using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;

namespace HotShelf.Caching.Benchmarks;

/// <summary>L2 with L1 bypassed, against the same client reading the same bytes.</summary>
internal static class RemoteHits
{
    private const int Keys = 1000;

    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = multiplexer.GetDatabase();
        await using var services = Caches.Create(redis.ConnectionString);
        var cache = services.Cache();
        await services.CoherentAsync();
        await using var plainServices = Caches.Create(redis.ConnectionString, options => options.CompressionThreshold = int.MaxValue);
        var big = string.Concat(Enumerable.Repeat("Solid oak, oiled by hand, made to last. ", 200));
        var texts = Enumerable.Range(0, Keys).Select(i => $"text:{i}").ToArray();
        var products = Enumerable.Range(0, Keys).Select(i => $"product:{i}").ToArray();
        var bigs = Enumerable.Range(0, Keys).Select(i => $"big:{i}").ToArray();
        var physical = Array.ConvertAll(texts, key => (RedisKey)$"{{hs:v1:{key}}}");
        var physicalBig = Array.ConvertAll(bigs, key => (RedisKey)$"{{hs:v1:{key}}}");
        for (var i = 0; i < Keys; i++)
        {
            await cache.SetAsync(texts[i], MutableProduct.Create(i).Description);
            await cache.SetAsync(products[i], ImmutableProduct.Create(i));
            await cache.SetAsync(bigs[i], big);
        }

        var bypass = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCache };
        Task Hit<T>(string key) => cache.GetOrCreateAsync<object?, T>(key, null, static (_, _) => throw new InvalidOperationException("not a hit"), bypass).AsTask();
        foreach (var callers in (int[])[1, 64, 512])
        {
            var operations = callers == 1 ? 8_000 : 60_000;
            Loop.Print($"L2 hit, {callers} callers", await Loop.RunAsync(operations,
                ("StringGetAsync of the same frame (400 B of text)", n => Loop.ConcurrentlyAsync(callers, n, i => database.StringGetAsync(physical[i % Keys]))),
                ("HotShelf, text", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<string>(texts[i % Keys]))),
                ("HotShelf, record as JSON", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<ImmutableProduct>(products[i % Keys]))),
                ("StringGetAsync of the compressed frame (8 KB of text)", n => Loop.ConcurrentlyAsync(callers, n, i => database.StringGetAsync(physicalBig[i % Keys]))),
                ("HotShelf, compressed text", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<string>(bigs[i % Keys])))));
        }

        var frame = (byte[])(await database.StringGetAsync(physical[0]))!;
        Loop.Print("Set, 64 callers", await Loop.RunAsync(20_000,
            ("StringSetAsync of the same frame", n => Loop.ConcurrentlyAsync(64, n, i => database.StringSetAsync(physical[i % Keys], frame, TimeSpan.FromHours(1)))),
            ("HotShelf SetAsync", n => Loop.ConcurrentlyAsync(64, n, i => cache.SetAsync(texts[i % Keys], "value", bypass).AsTask()))));
        multiplexer.Dispose();
    }
}
