using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Observes the endpoint's reads of the cache and describes them in headers: <c>Cache-Status</c>, <c>Age</c>, <c>Cache-Control</c>, <c>ETag</c> and
/// <c>Vary</c>. Answers 304 when the client has the current representation. Answers that read nothing from the cache, errors and answers to other methods
/// than GET and HEAD get <c>no-store</c>. A <c>Cache-Control</c> that the handler has set stays.
/// </summary>
internal sealed class CacheHeadersFilter(
    HybridCache cache, CacheControlHeader publicly, CacheControlHeader privately, CacheHeadersOptions options, HttpCachingOptions common, bool isAuthorizedByDefault) : IEndpointFilter
{
    private static readonly StringValues s_noStore = CacheControlHeader.NoStore;

    private readonly StringValues _vary = new(options.Vary.Count == 0 ? null : string.Join(", ", options.Vary));
    private readonly StringValues _varyByEncoding = string.Join(", ", options.Vary.Append(HeaderNames.AcceptEncoding));

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (http.Request.Headers.CacheControl.Count > 0)
            await RevalidateAsync(http);

        var before = http.Response.Headers.CacheControl;
        // Begun in this frame: what an awaited method sets in its flow is gone when it returns.
        var observation = CacheObservation.BeginCombined();
        var result = await next(context);
        return Describe(http, observation, result, before);
    }

    private object? Describe(HttpContext http, CacheObservation observation, object? result, StringValues before)
    {
        // For request logs and traces, which need not read the header's text.
        http.Features.Set(observation);
        // The handler has written the answer itself, and its headers with it.
        if (http.Response.HasStarted)
            return result;
        var headers = http.Response.Headers;
        var answer = AnsweredResult.Of(http, result);
        var prepared = answer.Prepared;
        if (prepared is { IsKept: true })
        {
            Vary(headers, _varyByEncoding);
            result = prepared = prepared.In(ContentCoding.Choose(http.Request.Headers.AcceptEncoding));
        }
        else if (_vary.Count > 0)
        {
            Vary(headers, _vary);
        }

        // The output cache sends what it stores with an Age of its own, from when it was stored, and whatever this read did.
        var isStored = answer.Status == StatusCodes.Status200OK && headers.SetCookie.Count == 0 && http.Features.Get<IOutputCacheFeature>()?.Context is { EnableOutputCaching: true, AllowCacheStorage: true };
        if (!isStored && CacheStatusHeader.Format(observation) is { } status)
            headers[CacheStatusHeader.Name] = status;
        // A 404 is an answer like any other and cached as the policy says; errors never are.
        if (answer.Status is not (StatusCodes.Status200OK or StatusCodes.Status404NotFound) || !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)))
        {
            headers.CacheControl = s_noStore;
            return result;
        }

        if (!isStored && observation.Result != CacheResult.None)
            headers.Age = HeaderTexts.Plain[Seconds.Age(observation)];
        if (headers.CacheControl == before)
            headers.CacheControl = observation.Result == CacheResult.None ? s_noStore : (IsPrivate(http) ? privately : publicly).Format(observation, answer.IsNegative, hasAge: !isStored);
        if (prepared is null)
            return answer.IsBuffered && observation.Result != CacheResult.None ? new TaggedResult(result) : result;
        return answer.Status == StatusCodes.Status200OK && prepared.EntityTag is { } entityTag ? Conditions.Check(http, entityTag) ?? prepared : prepared;
    }

    /// <summary>Adds names to those that the handler has set.</summary>
    private static void Vary(IHeaderDictionary headers, StringValues names)
    {
        if (headers.Vary.Count == 0)
        {
            headers.Vary = names;
            return;
        }

        var all = headers.GetCommaSeparatedValues(HeaderNames.Vary);
        if (!all.Contains("*"))
            headers.Vary = string.Join(", ", all.Concat(names.ToString().Split(", ")).Distinct(StringComparer.OrdinalIgnoreCase));
    }

    private bool IsPrivate(HttpContext http)
    {
        if (options.Private is { } told)
            return told;
        if (http.Request.Headers.Authorization.Count > 0 || http.Response.Headers.SetCookie.Count > 0 || http.Features.Get<IHttpAuthenticationFeature>()?.User?.Identity is { IsAuthenticated: true })
            return true;
        var metadata = http.GetEndpoint()?.Metadata;
        var isAuthorized = isAuthorizedByDefault || metadata?.GetMetadata<IAuthorizeData>() is not null || metadata?.GetMetadata<AuthorizationPolicy>() is not null
            || metadata?.GetMetadata<IAuthorizationRequirementData>() is not null;
        return isAuthorized && metadata?.GetMetadata<IAllowAnonymous>() is null;
    }

    private async ValueTask RevalidateAsync(HttpContext http)
    {
        if (options.Keys is null || !AsksForRevalidation(http.Request.Headers.CacheControl) || !await common.MayRevalidate(http))
            return;
        await cache.RemoveAsync(options.Keys(http), http.RequestAborted);
    }

    private static bool AsksForRevalidation(StringValues cacheControl) =>
        CacheControlHeaderValue.TryParse(cacheControl.ToString(), out var parsed) && parsed.NoCache;
}
