using FreeRedis;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Locking.Distributed.Redis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace HotShelf.Caching.Benchmarks;

/// <summary>The other caches, each as its documentation sets it up, with entries of one hour.</summary>
internal static class Peers
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);

    /// <summary>Microsoft's HybridCache, over its Redis package unless <paramref name="redis"/> is null.</summary>
    public static ServiceProvider HybridCache(string? redis)
    {
        var services = new ServiceCollection().AddLogging();
        if (redis is not null)
            services.AddStackExchangeRedisCache(options => options.Configuration = redis);
        services.AddHybridCache(static options => options.DefaultEntryOptions = new HybridCacheEntryOptions { Expiration = s_lifetime, LocalCacheExpiration = s_lifetime });
        return services.BuildServiceProvider();
    }

    /// <summary>FusionCache, with a backplane and its JSON serializer unless <paramref name="redis"/> is null.</summary>
    public static ServiceProvider FusionCache(string? redis, bool withLocker = false)
    {
        var services = new ServiceCollection().AddLogging();
        var builder = services.AddFusionCache().WithDefaultEntryOptions(new FusionCacheEntryOptions(s_lifetime));
        if (redis is not null)
        {
            services.AddStackExchangeRedisCache(options => options.Configuration = redis);
            builder.WithSerializer(new FusionCacheSystemTextJsonSerializer()).WithRegisteredDistributedCache().WithStackExchangeRedisBackplane(options => options.Configuration = redis);
            if (withLocker)
                builder.WithRedisDistributedLocker(options => options.Configuration = redis);
        }

        return services.BuildServiceProvider();
    }

    public static IFusionCache Fusion(this ServiceProvider services) => services.GetRequiredService<IFusionCache>();

    /// <summary>FreeRedis' client with its client-side caching.</summary>
    public static RedisClient FreeRedis(string redis)
    {
        var client = new RedisClient(redis);
        client.UseClientSideCaching(new ClientSideCachingOptions { Capacity = 100_000, KeyFilter = static _ => true, CheckExpired = static (_, _) => false });
        return client;
    }
}
