using System.Text.Json.Serialization;
using HotShelf.Catalog.Warming;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HotShelf.CacheWorker.Warming;

/// <summary>The worker's own HTTP calls, for the API and the console; the worker is not reachable from outside.</summary>
internal static class WarmingEndpoints
{
    public static void MapWarming(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/warming", static (WarmingService warming) => TypedResults.Ok(warming.Progress))
            .WithName("GetWarming").WithSummary("How far the warming is.");
        endpoints.MapPost("/warm", Warm).WithName("StartWarming").WithSummary("Queues a warming.");
        endpoints.MapDelete("/warming", static Results<Accepted, NotFound> (WarmingService warming) =>
            warming.TryStop() ? TypedResults.Accepted("/warming") : TypedResults.NotFound()).WithName("StopWarming").WithSummary("Stops the warming in hand.");
    }

    private static Results<Accepted<WarmingProgress>, ValidationProblem, ProblemHttpResult> Warm(WarmingRequest request, WarmingService warming)
    {
        if (request.Validate() is { Count: > 0 } errors)
            return TypedResults.ValidationProblem(errors);
        return warming.TryRequest(request, "on request")
            ? TypedResults.Accepted("/warming", warming.Progress)
            : TypedResults.Problem("Too many warmings wait already; try again when one is done.", statusCode: StatusCodes.Status429TooManyRequests);
    }
}

/// <summary>The JSON of the worker's own calls; source-generated.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WarmingProgress))]
[JsonSerializable(typeof(WarmingRequest))]
[JsonSerializable(typeof(Sweeping.SweepRequest))]
[JsonSerializable(typeof(Sweeping.SweepResult))]
[JsonSerializable(typeof(Audit.AuditReport))]
[JsonSerializable(typeof(Caching.Postgres.ChangeFeedStatus))]
internal sealed partial class WorkerJsonContext : JsonSerializerContext;
