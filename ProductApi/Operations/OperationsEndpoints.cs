using HotShelf.Caching;
using HotShelf.ProductApi.Http;
using HotShelf.ProductApi.OpenApi;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Security;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace HotShelf.ProductApi.Operations;

/// <summary>What an invalidation did: <paramref name="Scope"/> is <c>tag</c> or <c>family</c>.</summary>
internal sealed record InvalidationResponse(string Scope, string Name);

/// <summary>Looking into the cache, and emptying parts of it, for operators.</summary>
internal static class OperationsEndpoints
{
    // Of tags and families; keys that the application makes may be as long as the cache takes them.
    private const int MaximumNameLength = 200;

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        var cache = app.MapGroup("/cache").WithTags("Operations").RequireScope(Scopes.Admin).AddEndpointFilter(static (context, next) =>
        {
            context.HttpContext.Response.Headers.CacheControl = "no-store";
            return next(context);
        });
        cache.MapGet("/stats", Statistics).WithName("GetCacheStatistics").WithSummary("Counts of the replica that answers.").Produces<CacheStatistics>();
        cache.MapGet("/entries/{**key}", DescribeAsync).WithName("GetCacheEntry").WithSummary("What is stored for a key, without its value.").Produces<CacheEntryDescription>().Problems(400, 404);
        cache.MapDelete("/entries/{**key}", RemoveAsync).WithName("RemoveCacheEntry").WithSummary("Removes a key everywhere.").Produces(StatusCodes.Status204NoContent).Problems(400);
        cache.MapPost("/tags/{tag}/invalidate", InvalidateTagAsync).WithName("InvalidateTag").WithSummary("Hides all entries with a tag, everywhere; '*' is everything.").Produces<InvalidationResponse>().Problems(400);
        cache.MapPost("/families/{family}/invalidate", InvalidateFamilyAsync).WithName("InvalidateFamily").WithSummary("Hides all entries of a family, everywhere.").Produces<InvalidationResponse>().Problems(400);
        cache.MapFleet();
    }

    private static JsonHttpResult<CacheStatistics> Statistics(ICacheInspector inspector) => TypedResults.Json(inspector.GetStatistics(), ApiJson.Types.CacheStatistics);

    private static async Task<IResult> DescribeAsync(HttpContext http, string? key, ICacheInspector inspector, IOptions<HotShelfCachingOptions> caching, CancellationToken cancellationToken)
    {
        if (Unusable(http, "key", ref key, caching.Value.MaximumKeyLength) is { } problem)
            return problem;
        return await inspector.DescribeAsync(key!, cancellationToken) is { } description
            ? TypedResults.Json(description, ApiJson.Types.CacheEntryDescription)
            : Problem.NotFound("Neither memory nor Redis holds this key.");
    }

    private static async Task<IResult> RemoveAsync(HttpContext http, string? key, HybridCache cache, IOptions<HotShelfCachingOptions> caching, CancellationToken cancellationToken)
    {
        if (Unusable(http, "key", ref key, caching.Value.MaximumKeyLength) is { } problem)
            return problem;
        await cache.RemoveAsync(key!, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> InvalidateTagAsync(HttpContext http, string? tag, HybridCache cache, CancellationToken cancellationToken)
    {
        if (Unusable(http, "tag", ref tag) is { } problem)
            return problem;
        await cache.RemoveByTagAsync(tag!, cancellationToken);
        return TypedResults.Json(new InvalidationResponse("tag", tag!), ApiJson.Types.InvalidationResponse);
    }

    private static async Task<IResult> InvalidateFamilyAsync(HttpContext http, string? family, HybridCache cache, CancellationToken cancellationToken)
    {
        if (Unusable(http, "family", ref family) is { } problem)
            return problem;
        await cache.RemoveFamilyAsync(family!, cancellationToken);
        return TypedResults.Json(new InvalidationResponse("family", family!), ApiJson.Types.InvalidationResponse);
    }

    private static ProblemResult? Unusable(HttpContext http, string what, ref string? name, int maximumLength = MaximumNameLength)
    {
        if (name is { } matched && (name = AsSent(http, matched)) is null)
            return Problem.Validation(what, $"{what} cannot be told from a path with dot segments: send it without them");
        return string.IsNullOrWhiteSpace(name) || name.Length > maximumLength || name.Any(char.IsControl)
            ? Problem.Validation(what, $"{what} must have 1 to {maximumLength} characters, none of them control characters")
            : null;
    }

    // The server decodes all of a path but %2F, so that in the route's value a slash inside a name (%2F) and the text %2F (%252F) look alike. Null when the path was not
    // sent as it was matched, as with dot segments.
    private static string? AsSent(HttpContext http, string value)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        // The absolute form has scheme and authority before the path (RFC 9112 section 3.2.2).
        var path = target.StartsWith('/') ? 0 : Math.Max(0, target.IndexOf('/', target.IndexOf("://", StringComparison.Ordinal) + 3));
        // Behind "", "cache" and what the name is of.
        var name = Uri.UnescapeDataString(string.Join('/', target[path..].Split('/').Skip(3).Take(1 + value.Count(static letter => letter == '/'))));
        return WithSlashes(name) == WithSlashes(value) ? name : null;

        static string WithSlashes(string text) => text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
    }
}
