using HotShelf.Caching;
using HotShelf.Caching.Distributed;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Configuration;
using HotShelf.Caching.Popularity;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers HotShelf's cache. Callable twice: settings add up, in the order of the calls.</summary>
public static partial class HotShelfCachingServiceCollectionExtensions
{
    /// <summary>Registers the cache as <see cref="HybridCache"/>. Without <see cref="HotShelfCachingOptions.Redis"/> it uses a registered Redis connection, else memory alone.</summary>
    public static IServiceCollection AddHotShelfCaching(this IServiceCollection services, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions(services, null, configure);
        services.TryAddSingleton(static provider => CacheFactory.Create(provider, null));
        services.TryAddSingleton<HybridCache>(static provider => provider.GetRequiredService<HotShelfCache>());
        services.TryAddSingleton<ICacheInspector>(static provider => provider.GetRequiredService<HotShelfCache>());
        return services;
    }

    /// <summary>Registers a further cache under a key. It shares nothing with others: not L1, not tags, not metrics (their series carry <c>cache</c>).</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The service key, also the name of its options; a Redis connection registered under it is used.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddKeyedHotShelfCaching(this IServiceCollection services, string name, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        AddOptions(services, name, configure);
        services.TryAddKeyedSingleton(name, static (provider, key) => CacheFactory.Create(provider, (string)key!));
        services.TryAddKeyedSingleton<HybridCache>(name, static (provider, key) => provider.GetRequiredKeyedService<HotShelfCache>(key));
        services.TryAddKeyedSingleton<ICacheInspector>(name, static (provider, key) => provider.GetRequiredKeyedService<HotShelfCache>(key));
        return services;
    }

    /// <summary>
    /// Registers the cache over the Redis connection <paramref name="connectionName"/> (<c>ConnectionStrings:cache</c>, or the connection that
    /// AddRedisClient registered). Settings: first <paramref name="configure"/>, then section <c>Caching</c>.
    /// </summary>
    public static IHostApplicationBuilder AddHotShelfCaching(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        builder.Services.AddHotShelfCaching(options => options.Redis ??= builder.Configuration.GetConnectionString(connectionName));
        builder.Services.AddHotShelfCaching(configure);
        AddConfiguration(builder, null, HotShelfCachingOptions.SectionName);
        return builder;
    }

    /// <summary>As <see cref="AddHotShelfCaching(IHostApplicationBuilder, string, Action{HotShelfCachingOptions}?)"/>, under the key <paramref name="connectionName"/>, with settings from section <c>Caching.{connectionName}</c>.</summary>
    public static IHostApplicationBuilder AddKeyedHotShelfCaching(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddKeyedHotShelfCaching(connectionName, options => options.Redis ??= builder.Configuration.GetConnectionString(connectionName));
        builder.Services.AddKeyedHotShelfCaching(connectionName, configure);
        AddConfiguration(builder, connectionName, $"{HotShelfCachingOptions.SectionName}.{connectionName}");
        return builder;
    }

    /// <summary>
    /// Registers <see cref="IDistributedCache"/> over the cache's own connection and key space, for what else the framework stores. Without Redis it
    /// is this process' memory.
    /// </summary>
    public static IServiceCollection AddHotShelfDistributedCache(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHotShelfCaching();
        services.TryAddSingleton<IDistributedCache>(static provider =>
        {
            var cache = provider.GetRequiredService<HotShelfCache>();
            return cache.Remote is { } remote
                ? new HotShelfDistributedCache(cache, remote, cache.Clock, cache.Options)
                : new MemoryDistributedCache(Options.Options.Create(new Caching.Memory.MemoryDistributedCacheOptions()));
        });
        return services;
    }

    /// <summary>
    /// Counts what this process' readers ask the cache for, and adds it to the fleet's ranking in Redis (<see cref="CachePopularity"/>). For processes
    /// that serve readers; not for those that warm the cache, whose own reads say nothing. Costs a read nothing. Callable twice.
    /// </summary>
    public static IServiceCollection AddHotShelfPopularity(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHotShelfCaching();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PopularityCounter>());
        return services;
    }

    private static void AddOptions(IServiceCollection services, string? name, Action<HotShelfCachingOptions>? configure)
    {
        var optionsName = name ?? Options.Options.DefaultName;
        var options = services.AddOptions<HotShelfCachingOptions>(optionsName).ValidateOnStart();
        // One validator a cache, however often it is registered.
        if (!services.Any(service => service.ServiceType == typeof(ValidatorMarker) && Equals(service.ServiceKey, optionsName)))
        {
            services.AddKeyedSingleton(optionsName, new ValidatorMarker());
            // Two caches over one Redis share nothing: a keyed one begins with a prefix of its own, which configuration may override.
            if (name is not null)
                services.Configure<HotShelfCachingOptions>(name, keyed => keyed.Prefix = $"hs-{Letters(name)}");
            services.AddSingleton<IValidateOptions<HotShelfCachingOptions>>(new CachingOptionsValidator(name, name is null ? HotShelfCachingOptions.SectionName : $"{HotShelfCachingOptions.SectionName}.{name}"));
        }

        if (configure is not null)
            options.Configure(configure);
    }

    private static void AddConfiguration(IHostApplicationBuilder builder, string? name, string section) =>
        builder.Services.AddSingleton<IConfigureOptions<HotShelfCachingOptions>>(new CachingConfiguration(name, builder.Configuration.GetSection(section)));

    private static string Letters(string name) => new([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_').Take(60)]);

    private sealed class ValidatorMarker;
}
