using HotShelf.Caching;
using HotShelf.Caching.Distributed;
using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Configuration;
using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Redis;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers HotShelf's cache. May be called repeatedly: the settings are applied in the order of the calls.</summary>
public static class HotShelfCachingServiceCollectionExtensions
{
    /// <summary>
    /// Registers the cache as <see cref="HybridCache"/>, over <see cref="HotShelfCachingOptions.Redis"/>, otherwise over a registered Redis connection, otherwise in the
    /// memory of this process only.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another <see cref="HybridCache"/> is registered.</exception>
    public static IServiceCollection AddHotShelfCaching(this IServiceCollection services, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHotShelfStorage(configure);
        RequireNoOther(services);
        services.TryAddSingleton(static provider => CacheFactory.Create(provider, null));
        services.TryAddSingleton<HybridCache>(static provider => provider.GetRequiredService<HotShelfCache>());
        services.TryAddSingleton<ICacheInspector>(static provider => provider.GetRequiredService<HotShelfCache>());
        return services;
    }

    /// <summary>
    /// Registers an additional cache under a key. It shares neither L1 nor tags nor metrics with others (its meter has the attribute <c>hotshelf.cache.name</c>). The host does
    /// not start when it has neither <see cref="HotShelfCachingOptions.Redis"/> nor a registered Redis connection and <see cref="HotShelfCachingOptions.MemoryOnly"/> is not set.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The service key, also the name of its options; a Redis connection registered under it is used, otherwise the one without a key.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddKeyedHotShelfCaching(this IServiceCollection services, string name, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddKeyed(services, name, null, configure);
        return services;
    }

    /// <summary>
    /// Registers the cache over the Redis connection <paramref name="connectionName"/> (<c>ConnectionStrings:cache</c>, or the connection that
    /// AddRedisClient registered). Settings: first <paramref name="configure"/>, then section <c>Caching</c>. The host does not start without a connection,
    /// unless <see cref="HotShelfCachingOptions.MemoryOnly"/> is set.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another <see cref="HybridCache"/> is registered.</exception>
    public static IHostApplicationBuilder AddHotShelfCaching(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        builder.Services.AddHotShelfCaching(options => options.Redis ??= builder.Configuration.GetConnectionString(connectionName));
        builder.Services.AddHotShelfCaching(configure);
        RequireConnection(builder.Services, null, connectionName);
        AddConfiguration(builder, null, HotShelfCachingOptions.SectionName);
        return builder;
    }

    /// <summary>Like <see cref="AddKeyedHotShelfCaching(IHostApplicationBuilder, string, string, Action{HotShelfCachingOptions}?)"/>, over the Redis connection of the same name.</summary>
    public static IHostApplicationBuilder AddKeyedHotShelfCaching(this IHostApplicationBuilder builder, string name, Action<HotShelfCachingOptions>? configure = null) =>
        AddKeyedHotShelfCaching(builder, name, name, configure);

    /// <summary>
    /// Registers an additional cache under the key <paramref name="name"/>, over the Redis connection <paramref name="connectionName"/>, with settings from section
    /// <c>Caching.{name}</c>. Two caches may use one connection: each has its own key prefix. The host does not start without a connection, unless
    /// <see cref="HotShelfCachingOptions.MemoryOnly"/> is set.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The service key.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configure">Sets the options.</param>
    public static IHostApplicationBuilder AddKeyedHotShelfCaching(this IHostApplicationBuilder builder, string name, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        AddKeyed(builder.Services, name, connectionName, options => options.Redis ??= builder.Configuration.GetConnectionString(connectionName));
        builder.Services.AddKeyedHotShelfCaching(name, configure);
        AddConfiguration(builder, name, $"{HotShelfCachingOptions.SectionName}.{name}");
        return builder;
    }

    /// <summary>
    /// Registers <see cref="IDistributedCache"/> over the cache's own connection and key space, for other data of the framework. Without Redis it
    /// uses the memory of this process. A Redis that evicts keys, as a cache's should, may evict these too: the log says so at start. The one that is registered last is used.
    /// </summary>
    public static IServiceCollection AddHotShelfDistributedCache(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHotShelfCaching();
        return services.AddSingleton(static provider => CreateDistributed(provider.GetRequiredService<HotShelfCache>()));
    }

    /// <summary>Like <see cref="AddHotShelfDistributedCache(IServiceCollection)"/>, over the keyed cache <paramref name="cache"/>, which may be on a server that evicts nothing.</summary>
    /// <param name="services">The services.</param>
    /// <param name="cache">The name that the cache was registered with, by AddKeyedHotShelfCaching.</param>
    public static IServiceCollection AddHotShelfDistributedCache(this IServiceCollection services, string cache)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(cache);
        return services.AddSingleton(provider => CreateDistributed(provider.GetRequiredKeyedService<HotShelfCache>(cache)));
    }

    /// <summary>
    /// Registers <see cref="CacheStorage"/>, which reads what a cache stores in Redis, in a process that need not run the cache. Uses <see cref="HotShelfCachingOptions.Redis"/>,
    /// otherwise a registered Redis connection. <see cref="AddHotShelfCaching(IServiceCollection, Action{HotShelfCachingOptions}?)"/> registers it too. May be called repeatedly.
    /// </summary>
    public static IServiceCollection AddHotShelfStorage(this IServiceCollection services, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions(services, null, configure);
        services.TryAddSingleton(static provider => CreateStorage(provider, null));
        return services;
    }

    /// <summary>
    /// Registers <see cref="CacheStorage"/> over the Redis connection <paramref name="connectionName"/>, with settings from section <c>Caching</c>, as
    /// <see cref="AddHotShelfCaching(IHostApplicationBuilder, string, Action{HotShelfCachingOptions}?)"/> does for the cache. The host does not start without a connection.
    /// </summary>
    public static IHostApplicationBuilder AddHotShelfStorage(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        builder.Services.AddHotShelfStorage(options => options.Redis ??= builder.Configuration.GetConnectionString(connectionName));
        builder.Services.AddHotShelfStorage(configure);
        RequireConnection(builder.Services, null, connectionName);
        AddConfiguration(builder, null, HotShelfCachingOptions.SectionName);
        return builder;
    }

    private static CacheStorage CreateStorage(IServiceProvider services, string? name)
    {
        var options = services.GetRequiredService<IOptionsMonitor<HotShelfCachingOptions>>().Get(name ?? Options.Options.DefaultName);
        return new CacheStorage(RedisFactory.TryConnect(services, name, options), options);
    }

    private static IDistributedCache CreateDistributed(HotShelfCache cache)
    {
        if (cache.Remote is not { } remote)
            return new MemoryDistributedCache(Options.Options.Create(new Caching.Memory.MemoryDistributedCacheOptions()));
        cache.Upkeep!.NoteKept("IDistributedCache");
        return new HotShelfDistributedCache(cache.Invalidations, remote, cache.Clock, cache.Options);
    }

    private static void AddKeyed(IServiceCollection services, string name, string? connectionName, Action<HotShelfCachingOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        AddOptions(services, name, configure);
        RequireConnection(services, name, connectionName);
        services.TryAddKeyedSingleton(name, static (provider, key) => CreateStorage(provider, (string)key!));
        services.TryAddKeyedSingleton(name, static (provider, key) => CacheFactory.Create(provider, (string)key!));
        services.TryAddKeyedSingleton<HybridCache>(name, static (provider, key) => provider.GetRequiredKeyedService<HotShelfCache>(key));
        services.TryAddKeyedSingleton<ICacheInspector>(name, static (provider, key) => provider.GetRequiredKeyedService<HotShelfCache>(key));
    }

    /// <summary>Fails when another HybridCache is registered, because it would be used instead without notice.</summary>
    private static void RequireNoOther(IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(HotShelfCache) && !service.IsKeyedService))
            return;
        if (services.FirstOrDefault(static service => service.ServiceType == typeof(HybridCache) && !service.IsKeyedService) is not { } other)
            return;
        var what = other.ImplementationType ?? other.ImplementationInstance?.GetType();
        throw new InvalidOperationException(
            $"A HybridCache is registered already ({what?.ToString() ?? "by a factory"}). Remove that registration, such as AddHybridCache(): AddHotShelfCaching registers the HybridCache itself. For two caches beside each other use AddKeyedHotShelfCaching.");
    }

    private static void RequireConnection(IServiceCollection services, string? name, string? connectionName)
    {
        var key = name ?? Options.Options.DefaultName;
        if (services.Any(service => service.ServiceType == typeof(ConnectionMarker) && Equals(service.ServiceKey, key)))
            return;
        services.AddKeyedSingleton(key, new ConnectionMarker());
        services.AddSingleton<IValidateOptions<HotShelfCachingOptions>>(provider => new ConnectionValidator(provider, name, connectionName));
    }

    private static void AddOptions(IServiceCollection services, string? name, Action<HotShelfCachingOptions>? configure)
    {
        var optionsName = name ?? Options.Options.DefaultName;
        var options = services.AddOptions<HotShelfCachingOptions>(optionsName).ValidateOnStart();
        // One validator per cache, also after repeated registration.
        if (!services.Any(service => service.ServiceType == typeof(ValidatorMarker) && Equals(service.ServiceKey, optionsName)))
        {
            services.AddKeyedSingleton(optionsName, new ValidatorMarker());
            // A keyed cache has its own default prefix, so that caches over one Redis share nothing. Configuration may override it.
            if (name is not null)
                services.Configure<HotShelfCachingOptions>(name, keyed => keyed.Prefix = $"hs-{KeyPart(name)}");
            services.AddSingleton<IValidateOptions<HotShelfCachingOptions>>(new CachingOptionsValidator(name, name is null ? HotShelfCachingOptions.SectionName : $"{HotShelfCachingOptions.SectionName}.{name}"));
        }

        if (configure is not null)
            options.Configure(configure);
    }

    private static void AddConfiguration(IHostApplicationBuilder builder, string? name, string section) =>
        builder.Services.AddSingleton<IConfigureOptions<HotShelfCachingOptions>>(new CachingConfiguration(name, builder.Configuration.GetSection(section)));

    /// <summary>The name, where it may be part of a key; else what may be of it, and a fingerprint, so that no two names become one.</summary>
    private static string KeyPart(string name)
    {
        var letters = new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_').Take(50)]);
        return letters == name ? name : $"{letters}-{Crc32C.Compute(name, []):x8}";
    }

    private sealed class ValidatorMarker;

    private sealed class ConnectionMarker;
}
