using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the fleet of a cache's nodes. May be called repeatedly.</summary>
public static class HotShelfFleetServiceCollectionExtensions
{
    /// <summary>
    /// Makes the cache of this process (the one without a key) a node of the fleet: it publishes its status, counts and events, answers who holds a copy, and counts the reads of
    /// its hot keys, unless <see cref="HotShelfCachingOptions.IsFeed"/> is set. Registers <see cref="ICacheFleet"/> too. Reads cost nothing more. Runs with the host; without
    /// Redis it does nothing.
    /// </summary>
    /// <param name="services">The services; <c>AddHotShelfCaching</c> configures the cache, before or after.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddHotShelfFleet(this IServiceCollection services, Action<FleetOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHotShelfCaching();
        AddReader(services);
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton(FleetIdentity.Of);
        services.TryAddSingleton<FleetStore>();
        services.TryAddSingleton<FleetJournal>();
        services.TryAddSingleton<ReadCounts>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICacheObserver, FleetJournal>(static provider => provider.GetRequiredService<FleetJournal>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICacheObserver, ReadCounts>(static provider => provider.GetRequiredService<ReadCounts>()));
        services.TryAddSingleton<FleetPublisher>();
        services.TryAddSingleton<ICacheNodeReporter>(static provider => provider.GetRequiredService<FleetPublisher>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, FleetPublisher>(static provider => provider.GetRequiredService<FleetPublisher>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PopularityCounter>());
        return services;
    }

    /// <summary>Like <see cref="AddHotShelfFleet(IServiceCollection, Action{FleetOptions}?)"/>, with settings from section <c>Fleet</c>, which override <paramref name="configure"/>.</summary>
    public static IHostApplicationBuilder AddHotShelfFleet(this IHostApplicationBuilder builder, Action<FleetOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHotShelfFleet(configure);
        AddConfiguration(builder);
        return builder;
    }

    /// <summary>
    /// Registers <see cref="ICacheFleet"/> in a process that runs no cache: it reads what the nodes of a cache publish. Uses <see cref="HotShelfCachingOptions.Redis"/>, otherwise a
    /// registered Redis connection, and the prefix and version of <see cref="HotShelfCachingOptions"/>.
    /// </summary>
    public static IServiceCollection AddHotShelfFleetReader(this IServiceCollection services, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHotShelfStorage(configure);
        AddReader(services);
        return services;
    }

    /// <summary>
    /// Like <see cref="AddHotShelfFleetReader(IServiceCollection, Action{HotShelfCachingOptions}?)"/>, with settings from sections <c>Caching</c> and <c>Fleet</c>, which override
    /// <paramref name="configure"/>. The host does not start without a connection.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The Redis connection: the one that AddRedisClient registered, otherwise <c>ConnectionStrings:{connectionName}</c>.</param>
    /// <param name="configure">Sets the options.</param>
    public static IHostApplicationBuilder AddHotShelfFleetReader(this IHostApplicationBuilder builder, string connectionName, Action<HotShelfCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddHotShelfStorage(connectionName, configure);
        AddReader(builder.Services);
        AddConfiguration(builder);
        return builder;
    }

    private static void AddReader(IServiceCollection services)
    {
        services.AddOptions<FleetOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FleetOptions>, FleetOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICacheFleet, CacheFleet>();
    }

    private static void AddConfiguration(IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton<IConfigureOptions<FleetOptions>>(new FleetConfiguration(builder.Configuration.GetSection(FleetOptions.SectionName)));
}
