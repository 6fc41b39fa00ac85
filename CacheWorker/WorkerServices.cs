using HotShelf.CacheWorker.Telemetry;
using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Postgres;
using HotShelf.ServiceDefaults.Requests;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker;

/// <summary>What the worker is made of.</summary>
internal static class WorkerServices
{
    /// <summary>Keeps the cache in step with the database: <see cref="CatalogChangeFeed"/>.</summary>
    public static IHostApplicationBuilder AddChangeFeed(this IHostApplicationBuilder builder)
    {
        builder.AddCatalogChangeFeed("productdb");
        builder.Services.AddHealthChecks().AddCheck<ChangeFeedHealthCheck>("change-feed");
        return builder;
    }

    /// <summary>This worker by itself, for consoles while Redis is away.</summary>
    public static void MapNode(this IEndpointRouteBuilder app) =>
        app.MapGet("/cache/node", static (ICacheNodeReporter node) => Results.Text(node.GetReport().ToJson(), "application/json")).LogSuccessAtDebug();

    public static void MapChangeFeed(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/cache/feed", static (IChangeFeed feed) => TypedResults.Ok(feed.GetStatus())).WithName("GetChangeFeed").WithSummary("What the change feed of this worker does.");

    /// <summary>Figures of Redis and Postgres for dashboards and alerts.</summary>
    public static IHostApplicationBuilder AddServerMonitor(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ServerMetrics>();
        builder.Services.AddHostedService<ServerMonitor>();
        return builder;
    }

    public static IHostApplicationBuilder AddWarming(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<WarmingOptions>, WarmingOptionsValidator>();
        services.AddOptions<WarmingOptions>().BindConfiguration(WarmingOptions.SectionName).ValidateOnStart();
        services.AddSingleton<WorkerMetrics>();
        services.AddSingleton<HotKeys>();
        services.AddSingleton<CatalogKeys>();
        services.AddSingleton<CacheWarmer>();
        services.AddHostedService(provider => provider.GetRequiredService<CacheWarmer>());
        services.AddHealthChecks().AddCheck<CacheHealthCheck>("cache");
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WorkerJsonContext.Default));
        return builder;
    }

    /// <summary>The worker is not reachable from outside.</summary>
    public static void MapWarming(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/warm", static (CacheWarmer warmer) =>
    {
        warmer.Request("on request");
        return TypedResults.Accepted((string?)null);
    }).WithName("Warm").WithSummary("Fills the keys that are read most.");
}
