using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Benchmarks;

/// <summary>100 keys at once against 100 reads one after the other, both from L2.</summary>
internal static class Batches
{
    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var services = Caches.Create(redis.ConnectionString);
        var cache = services.Cache();
        var ids = Enumerable.Range(0, 100).ToArray();
        foreach (var id in ids)
            await cache.SetAsync($"product:{id}", ImmutableProduct.Create(id));
        var bypass = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCache };
        Loop.Print("100 keys from L2 (an operation is all 100)", await Loop.RunAsync(300,
            ("100 reads one after the other", async n =>
            {
                for (var i = 0; i < n; i++)
                {
                    foreach (var id in ids)
                        await cache.GetOrCreateAsync($"product:{id}", id, static (id, _) => new ValueTask<ImmutableProduct>(ImmutableProduct.Create(id)), bypass);
                }
            }
        ),
            ("GetOrCreateManyAsync", async n =>
            {
                for (var i = 0; i < n; i++)
                    await cache.GetOrCreateManyAsync(ids, static id => $"product:{id}", 0, static (_, _, _) => new ValueTask<IReadOnlyDictionary<int, ImmutableProduct>>(new Dictionary<int, ImmutableProduct>()), bypass);
            }
        )));
    }
}
