using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ServiceDefaults.Requests;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Operations;

/// <summary>Every process that runs the cache, wherever it runs.</summary>
internal sealed record NodesResponse(IReadOnlyList<CacheNode> Nodes);

/// <summary>The version in force: entries filled before <paramref name="Since"/> are hidden. Without it Redis does not answer, and what was asked for is done at its return.</summary>
internal sealed record VersionResponse(string Version, DateTimeOffset? Since);

/// <summary>The latest warmings, the newest first, those that workers began by themselves included.</summary>
internal sealed record WarmingsResponse(IReadOnlyList<WarmingResponse> Warmings);

/// <summary>A warming that was <c>requested</c>, or is <c>done</c>: by whom, why, how many keys, and how long it took.</summary>
internal sealed record WarmingResponse(DateTimeOffset At, string State, string Actor, string Reason, long Keys, double? Seconds);

/// <summary>What all replicas and workers together know, and what concerns all of them.</summary>
internal static class FleetEndpoints
{
    private const int Changes = 200;

    public static void MapFleet(this RouteGroupBuilder cache)
    {
        cache.MapGet("/nodes", NodesAsync).WithName("ListCacheNodes").WithSummary("Every process that runs the cache: its state, its memory and its client tracking.").Produces<NodesResponse>();
        cache.MapGet("/version", VersionAsync).WithName("GetCacheVersion").WithSummary("The version in force, and since when.").Produces<VersionResponse>()
            .Examples(response: """{"version":"v1","since":"2026-01-02T03:04:05.678901+00:00"}""");
        cache.MapPost("/version/bump", BumpVersionAsync).WithName("BumpCacheVersion")
            .WithSummary("Hides every entry stored so far, everywhere and for good, sessions included; the workers fill the cache again.").Produces<VersionResponse>()
            .Examples(response: """{"version":"v1","since":"2026-01-02T03:04:05.678901+00:00"}""");
        cache.MapPost("/warm", WarmAsync).WithName("StartWarming").WithSummary("Asks the workers to fill the keys that are read most.").Produces(StatusCodes.Status202Accepted);
        cache.MapGet("/warm", WarmingsAsync).WithName("ListWarmings").WithSummary("The latest warmings: asked for, and done.").Produces<WarmingsResponse>().LogSuccessAtDebug();
    }

    /// <summary>This replica by itself, for consoles while Redis is away. Without a key, as <c>/metrics</c>: consoles learn the address from Redis, and must not send a key to an address that they were told.</summary>
    public static void MapNode(this IEndpointRouteBuilder app) =>
        app.MapGet("/cache/node", static (HttpContext http, ICacheNodeReporter node) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return Results.Text(node.GetReport().ToJson(), "application/json");
        }).ExcludeFromDescription().AllowAnonymous().DisableRateLimiting().LogSuccessAtDebug();

    private static async Task<JsonHttpResult<NodesResponse>> NodesAsync(ICacheFleet fleet, CancellationToken cancellationToken) =>
        TypedResults.Json(new NodesResponse(await fleet.GetNodesAsync(cancellationToken)), ApiJson.Types.NodesResponse);

    private static async Task<JsonHttpResult<VersionResponse>> VersionAsync(ICacheFleet fleet, CancellationToken cancellationToken) => Answer(await fleet.GetVersionAsync(cancellationToken));

    private static async Task<JsonHttpResult<VersionResponse>> BumpVersionAsync(HybridCache cache, ICacheFleet fleet, IOptions<HotShelfCachingOptions> options, CancellationToken cancellationToken)
    {
        await cache.BumpVersionAsync(cancellationToken);
        try
        {
            return Answer(await fleet.GetVersionAsync(cancellationToken));
        }
        catch (FleetUnavailableException)
        {
            // The cache remembers the bump and sends it when Redis is back.
            return Answer(new CacheVersion(options.Value.Prefix, options.Value.Version, null));
        }
    }

    private static async Task<Accepted> WarmAsync(ICacheFleet fleet, CancellationToken cancellationToken)
    {
        await fleet.RecordAsync(new CacheWarming(CacheWarming.Requested, "api", "on request"), cancellationToken);
        return TypedResults.Accepted("/cache/warm");
    }

    private static async Task<JsonHttpResult<WarmingsResponse>> WarmingsAsync(ICacheFleet fleet, CancellationToken cancellationToken)
    {
        var changes = await fleet.GetChangesAsync(Changes, cancellationToken);
        return TypedResults.Json(new WarmingsResponse([.. from change in changes
                                                          where change.Kind == CacheEventKind.Warming
                                                          select new WarmingResponse(change.At, change.State!, change.Actor!, change.Action!, change.Count, change.Duration?.TotalSeconds)]), ApiJson.Types.WarmingsResponse);
    }

    private static JsonHttpResult<VersionResponse> Answer(CacheVersion version) => TypedResults.Json(new VersionResponse(version.Version, version.Since), ApiJson.Types.VersionResponse);
}
