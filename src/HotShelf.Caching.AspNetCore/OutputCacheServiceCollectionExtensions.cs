using HotShelf.Caching;
using HotShelf.Caching.AspNetCore;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers output caching over HotShelf's cache.</summary>
public static class OutputCacheServiceCollectionExtensions
{
    /// <summary>
    /// Adds the framework's output caching with its store in the registered cache, so that responses and their tags are shared by the whole fleet.
    /// The family <c>output</c> says how long a copy stays in memory and how long a stale response may be served (<see cref="CachePolicy.Grace"/>,
    /// default 1 minute); how long it is fresh, the endpoint's own policy says. A stored response gets an <c>ETag</c>, unless the endpoint sets one: it names this
    /// response and changes when the endpoint runs again. Callable twice.
    /// </summary>
    public static IServiceCollection AddHotShelfOutputCache(this IServiceCollection services, Action<OutputCacheOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOutputCache();
        if (configure is not null)
            services.Configure(configure);
        services.RemoveAll<IOutputCacheStore>();
        services.AddSingleton<IOutputCacheStore, HybridOutputCacheStore>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<OutputCacheOptions>, OutputResponsePolicy>());
        services.Configure<HotShelfCachingOptions>(static options =>
        {
            options.Families.TryAdd(HybridOutputCacheStore.Family, new CachePolicy
            {
                Grace = TimeSpan.FromMinutes(1),
                Local = TimeSpan.FromMinutes(1),
                Jitter = 0,
            });
            options.Families.TryAdd(RefreshClaim.Family, new CachePolicy { Fresh = TimeSpan.FromSeconds(10), Local = TimeSpan.FromSeconds(10), Jitter = 0 });
        });
        return services;
    }
}
