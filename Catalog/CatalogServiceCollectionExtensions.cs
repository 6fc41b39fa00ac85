using HotShelf.Caching;
using HotShelf.Catalog;
using HotShelf.Catalog.Cached;
using HotShelf.Catalog.Postgres;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the catalog.</summary>
public static class CatalogServiceCollectionExtensions
{
    /// <summary>The key under which the readers and the writer are registered without the cache, as keyed services.</summary>
    public const string Uncached = "uncached";

    /// <summary>
    /// Registers <see cref="IProductReader"/>, <see cref="IPriceReader"/> and <see cref="IProfileReader"/> through the cache,
    /// <see cref="ICatalogWriter"/> that invalidates after its commit, all four without the cache as keyed services <see cref="Uncached"/>,
    /// <see cref="IProductIndex"/>, <see cref="ICatalogVersions"/> and <see cref="ICatalogInitializer"/>. Needs an <see cref="Npgsql.NpgsqlDataSource"/> and a <see cref="HybridCache"/>; callable twice.
    /// </summary>
    public static IServiceCollection AddCatalog(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddMetrics();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<CatalogMetrics>();
        services.TryAddSingleton<ReadRetry>();
        services.TryAddSingleton<CatalogDatabase>();
        services.TryAddSingleton<ICatalogInitializer, CatalogInitializer>();
        services.TryAddSingleton<IProductIndex, PostgresProductIndex>();
        services.TryAddSingleton<ICatalogVersions, PostgresCatalogVersions>();

        services.TryAddKeyedSingleton<IProductReader, PostgresProductReader>(Uncached);
        services.TryAddKeyedSingleton<IPriceReader, PostgresPriceReader>(Uncached);
        services.TryAddKeyedSingleton<IProfileReader, PostgresProfileReader>(Uncached);
        services.TryAddKeyedSingleton<ICatalogWriter, PostgresCatalogWriter>(Uncached);

        AddCachedOnce<IProductReader>(services);
        AddCachedOnce<IPriceReader>(services);
        AddCachedOnce<IProfileReader>(services);
        AddCachedOnce<ICatalogWriter>(services);

        // Before everything else that sets the cache's options, so that code and configuration of the host change what is set here.
        if (!services.Any(service => service.ImplementationInstance is CatalogPolicies))
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<HotShelfCachingOptions>>(new CatalogPolicies()));
        services.TryAddSingleton<IHybridCacheSerializer<Product>>(new JsonCacheSerializer<Product>(CatalogJsonContext.Default.Product));
        services.TryAddSingleton<IHybridCacheSerializer<ProductPage>>(new JsonCacheSerializer<ProductPage>(CatalogJsonContext.Default.ProductPage));
        services.TryAddSingleton<IHybridCacheSerializer<CurrentPrice>>(new JsonCacheSerializer<CurrentPrice>(CatalogJsonContext.Default.CurrentPrice));
        services.TryAddSingleton<IHybridCacheSerializer<UserProfile>>(new JsonCacheSerializer<UserProfile>(CatalogJsonContext.Default.UserProfile));
        return services;
    }

    /// <summary>
    /// Brings the database up to date while the host starts, or waits until that is done (<see cref="CatalogSetupOptions"/>), and adds the health check <c>catalog</c> with tag
    /// <c>ready</c>, which is unhealthy until that is done. Callable twice.
    /// </summary>
    public static IServiceCollection AddCatalogSetup(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddCatalog();
        if (services.Any(service => service.ServiceType == typeof(CatalogSetup)))
            return services;
        services.AddOptions<CatalogSetupOptions>().BindConfiguration(CatalogSetupOptions.SectionName);
        services.AddSingleton<CatalogSetup>();
        services.AddHostedService(provider => provider.GetRequiredService<CatalogSetup>());
        services.AddHealthChecks().AddCheck<CatalogSetup>("catalog", tags: ["ready"]);
        return services;
    }

    private static void AddCachedOnce<T>(IServiceCollection services)
        where T : class
    {
        if (!services.Any(service => service.ServiceType == typeof(T) && !service.IsKeyedService))
            services.AddCached<T>(static provider => provider.GetRequiredKeyedService<T>(Uncached));
    }
}
