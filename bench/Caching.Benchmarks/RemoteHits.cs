using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion;

namespace HotShelf.Caching.Benchmarks;

/// <summary>L2 with L1 bypassed, against the same client reading the same bytes, and the peers over the same server with the same value.</summary>
internal static class RemoteHits
{
    private const int Keys = 1000;

    private static readonly HybridCacheEntryOptions s_bypass = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };
    private static readonly FusionCacheEntryOptions s_fusionBypass = new FusionCacheEntryOptions(TimeSpan.FromHours(1)).SetSkipMemoryCache().SetSkipBackplaneNotifications(true);

    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = multiplexer.GetDatabase();
        await using var services = Caches.Create(redis.ConnectionString);
        var cache = services.Cache();
        await services.CoherentAsync();
        await using var hybridServices = Peers.HybridCache(redis.ConnectionString);
        var hybrid = hybridServices.Cache();
        await using var fusionServices = Peers.FusionCache(redis.ConnectionString);
        var fusion = fusionServices.Fusion();

        var text = MutableProduct.Create(0).Description;
        var big = string.Concat(Enumerable.Repeat("Solid oak, oiled by hand, made to last. ", 200));
        var texts = Named("text");
        var products = Named("product");
        var bigs = Named("big");
        var physical = Array.ConvertAll(texts, static key => (RedisKey)$"{{hs:v1:{key}}}");
        var physicalBig = Array.ConvertAll(bigs, static key => (RedisKey)$"{{hs:v1:{key}}}");
        for (var i = 0; i < Keys; i++)
        {
            await cache.SetAsync(texts[i], text);
            await cache.SetAsync(products[i], ImmutableProduct.Create(i));
            await cache.SetAsync(bigs[i], big);
            await hybrid.SetAsync(texts[i], text, s_bypass);
            await fusion.SetAsync(texts[i], text, s_fusionBypass);
        }

        ValueTask<T> Hit<T>(HybridCache from, string key) => from.GetOrCreateAsync<object?, T>(key, null, static (_, _) => throw new InvalidOperationException("not a hit"), s_bypass);
        foreach (var callers in (int[])[1, 64, 512])
        {
            Loop.Print($"L2 hit, {callers} callers, 400 B of text", await Loop.RunAsync(callers == 1 ? 8_000 : 60_000,
                ("StackExchange.Redis, StringGetLeaseAsync of our frame", n => Loop.ConcurrentlyAsync(callers, n, i => new ValueTask<Lease<byte>?>(database.StringGetLeaseAsync(physical[i % Keys])))),
                ("StackExchange.Redis, StringGetAsync of our frame", n => Loop.ConcurrentlyAsync(callers, n, i => new ValueTask<RedisValue>(database.StringGetAsync(physical[i % Keys])))),
                ("HotShelf", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<string>(cache, texts[i % Keys]))),
                ("HybridCache", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<string>(hybrid, texts[i % Keys]))),
                ("FusionCache", n => Loop.ConcurrentlyAsync(callers, n, i => fusion.GetOrSetAsync<string>(texts[i % Keys], static (_, _) => throw new InvalidOperationException("not a hit"), s_fusionBypass))),
                ("HotShelf, record as JSON", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<ImmutableProduct>(cache, products[i % Keys]))),
                ("StringGetLeaseAsync of a compressed frame (8 KB of text)", n => Loop.ConcurrentlyAsync(callers, n, i => new ValueTask<Lease<byte>?>(database.StringGetLeaseAsync(physicalBig[i % Keys])))),
                ("HotShelf, compressed text of 8 KB", n => Loop.ConcurrentlyAsync(callers, n, i => Hit<string>(cache, bigs[i % Keys])))));
        }

        var frame = (byte[])(await database.StringGetAsync(physical[0]))!;
        Loop.Print("Set, 64 callers, 400 B of text", await Loop.RunAsync(20_000,
            ("StackExchange.Redis, StringSetAsync of our frame", n => Loop.ConcurrentlyAsync(64, n, i => new ValueTask<bool>(database.StringSetAsync(physical[i % Keys], frame, TimeSpan.FromHours(1))))),
            ("HotShelf", n => Loop.ConcurrentlyAsync(64, n, i => cache.SetAsync(texts[i % Keys], text, s_bypass))),
            ("HybridCache", n => Loop.ConcurrentlyAsync(64, n, i => hybrid.SetAsync(texts[i % Keys], text, s_bypass))),
            ("FusionCache", n => Loop.ConcurrentlyAsync(64, n, i => fusion.SetAsync(texts[i % Keys], text, s_fusionBypass)))));
    }

    private static string[] Named(string family) => [.. Enumerable.Range(0, Keys).Select(i => $"{family}:{i}")];
}
