using HotShelf.Caching;
using HotShelf.Caching.Internal;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers HotShelf's cache.</summary>
public static class HotShelfCachingServiceCollectionExtensions
{
    /// <summary>Registers the cache as <see cref="HybridCache"/>. Callable twice: later settings are applied over earlier ones.</summary>
    public static IServiceCollection AddHotShelfCaching(this IServiceCollection services, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton<HotShelfCache>();
        services.TryAddSingleton<HybridCache>(provider => provider.GetRequiredService<HotShelfCache>());
        services.TryAddSingleton<ICacheInspector>(provider => provider.GetRequiredService<HotShelfCache>());
        return services;
    }

    /// <summary>Registers the cache over the Redis connection <paramref name="connectionName"/> (<c>ConnectionStrings:cache</c>), with settings from section <c>Caching</c> applied last.</summary>
    public static IHostApplicationBuilder AddHotShelfCaching(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        builder.Services.AddHotShelfCaching(configure);
        return builder;
    }
}
