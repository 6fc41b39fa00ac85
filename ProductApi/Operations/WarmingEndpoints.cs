using HotShelf.Catalog.Warming;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Problems;
using HotShelf.ServiceDefaults.Requests;

namespace HotShelf.ProductApi.Operations;

/// <summary>The latest warmings, the newest first, those that workers began by themselves included.</summary>
internal sealed record WarmingsResponse(IReadOnlyList<WarmingStatus> Warmings);

/// <summary>Warming on request: written down in the database, done by one of the workers, followed through any replica.</summary>
internal static class WarmingEndpoints
{
    private const int Listed = 20;

    public static void MapWarming(this RouteGroupBuilder cache)
    {
        cache.MapPost("/warm", StartAsync).WithName("StartWarming").WithSummary("Asks the workers to warm keys, or the most popular keys of some families.")
            .TakesJson<WarmingRequest>().Produces<WarmingStatus>(StatusCodes.Status202Accepted).Problems(400, 413, 415)
            .Examples(request: """{"families":["product"],"top":1000}""");
        cache.MapGet("/warm", ListAsync).WithName("ListWarmings").WithSummary("How far the latest warmings are.").Produces<WarmingsResponse>().LogSuccessAtDebug();
        cache.MapGet("/warm/{id}", FindAsync).WithName("GetWarming").WithSummary("How far a warming is.").Produces<WarmingStatus>().Problems(400, 404).LogSuccessAtDebug();
        cache.MapDelete("/warm/{id}", CancelAsync).WithName("CancelWarming").WithSummary("Calls a warming off; what is warm stays warm.").Produces(StatusCodes.Status204NoContent).Problems(400, 404);
    }

    private static async Task<IResult> StartAsync(HttpContext http, IWarmingRequests warmings)
    {
        var (request, problem) = await JsonBody.ReadAsync(http.Request, ApiJson.Types.WarmingRequest);
        if (request is null)
            return problem!;
        if (request.Validate() is { Count: > 0 } errors)
            return Problem.Validation(errors);
        var status = await warmings.SubmitAsync(request, http.RequestAborted);
        http.Response.Headers.Location = $"/cache/warm/{status.Id}";
        return TypedResults.Json(status, ApiJson.Types.WarmingStatus, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> ListAsync(IWarmingRequests warmings, CancellationToken cancellationToken) =>
        TypedResults.Json(new WarmingsResponse(await warmings.ListAsync(Listed, cancellationToken)), ApiJson.Types.WarmingsResponse);

    private static async Task<IResult> FindAsync(string id, IWarmingRequests warmings, CancellationToken cancellationToken)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem))
            return problem;
        return await warmings.FindAsync(number, cancellationToken) is { } status
            ? TypedResults.Json(status, ApiJson.Types.WarmingStatus)
            : Problem.NotFound("There is no warming of this number, or it ended more than a week ago.");
    }

    private static async Task<IResult> CancelAsync(string id, IWarmingRequests warmings, CancellationToken cancellationToken)
    {
        if (!RouteNumbers.TryReadId(id, out var number, out var problem))
            return problem;
        return await warmings.CancelAsync(number, cancellationToken) ? TypedResults.NoContent() : Problem.NotFound("No warming of this number waits or runs.");
    }
}
