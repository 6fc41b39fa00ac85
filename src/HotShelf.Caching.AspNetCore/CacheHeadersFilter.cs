using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Observes what the endpoint's read of the cache did and says it in headers: <c>Cache-Status</c>, <c>Age</c>, <c>Cache-Control</c>, <c>ETag</c> and
/// <c>Vary</c>. Answers 304 when the client holds the current representation. Answers that came from no read, or that are errors, may not be kept.
/// </summary>
internal sealed class CacheHeadersFilter(HybridCache cache, CacheControlHeader cacheControl, CacheHeadersOptions options, HttpCachingOptions common) : IEndpointFilter
{
    private static readonly StringValues s_noStore = CacheControlHeader.NoStore;

    private readonly StringValues _vary = new(options.Vary.Count == 0 ? null : string.Join(", ", options.Vary));
    private readonly StringValues _varyByEncoding = string.Join(", ", options.Vary.Append(HeaderNames.AcceptEncoding));

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.Request.Headers.CacheControl.Count > 0)
            await RevalidateAsync(http);

        // Begun in this frame: what an awaited method sets in its flow is gone when it returns.
        var observation = CacheObservation.Begin();
        var result = await next(context);
        return Describe(http, observation, result);
    }

    private object? Describe(HttpContext http, CacheObservation observation, object? result)
    {
        var headers = http.Response.Headers;
        if (result is PreparedContent { IsKept: true } kept)
        {
            headers.Vary = _varyByEncoding;
            result = kept.In(ContentCoding.Choose(http.Request.Headers.AcceptEncoding));
        }
        else if (_vary.Count > 0)
        {
            headers.Vary = _vary;
        }

        if (CacheStatusHeader.Format(observation) is { } status)
            headers[CacheStatusHeader.Name] = status;
        else
            headers.CacheControl = s_noStore;
        if (!MayBeKept(result))
        {
            headers.CacheControl = s_noStore;
            return result;
        }

        if (observation.Result != CacheResult.None)
        {
            headers.Age = BySeconds.Plain[Seconds.Age(observation)];
            headers.CacheControl = cacheControl.Format(observation, isNegative: result is not PreparedContent { IsNegative: false });
        }

        if (result is not PreparedContent { EntityTag: { } entityTag })
            return result;
        headers.ETag = entityTag;
        // In this order (RFC 9110 section 13.2.2).
        if (http.Request.Headers.IfMatch is { Count: > 0 } ifMatch && !EntityTags.MatchesStrongly(ifMatch, entityTag))
        {
            headers.CacheControl = s_noStore;
            return PreconditionFailed.Instance;
        }

        return EntityTags.Matches(http.Request.Headers.IfNoneMatch, entityTag) ? NotModified.Instance : result;
    }

    // A 404 is an answer like any other and cached as the policy says; errors never are.
    private static bool MayBeKept(object? result) =>
        result is PreparedContent || (result is IStatusCodeHttpResult { StatusCode: { } status } && status is StatusCodes.Status200OK or StatusCodes.Status404NotFound);

    private async ValueTask RevalidateAsync(HttpContext http)
    {
        if (options.Keys is null || !AsksForRevalidation(http.Request.Headers.CacheControl) || !await common.MayRevalidate(http))
            return;
        foreach (var key in options.Keys(http))
            await cache.RemoveAsync(key, http.RequestAborted);
    }

    private static bool AsksForRevalidation(StringValues cacheControl) =>
        CacheControlHeaderValue.TryParse(cacheControl.ToString(), out var parsed) && parsed.NoCache;
}
