using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>The conditions of a request against the current representation, in the order of RFC 9110 section 13.2.2.</summary>
internal static class Conditions
{
    private static readonly EmptyAnswer s_notModified = new(StatusCodes.Status304NotModified);
    private static readonly EmptyAnswer s_preconditionFailed = new(StatusCodes.Status412PreconditionFailed);

    /// <summary>Sets <c>ETag</c>. Returns the answer in place of the representation: 304, 412, or null when it is to be sent.</summary>
    public static IResult? Check(HttpContext http, string entityTag)
    {
        var (request, response) = (http.Request.Headers, http.Response.Headers);
        response.ETag = entityTag;
        if (request.IfMatch is { Count: > 0 } ifMatch && !EntityTags.MatchesStrongly(ifMatch, entityTag))
        {
            response.CacheControl = CacheControlHeader.NoStore;
            return s_preconditionFailed;
        }

        return EntityTags.Matches(request.IfNoneMatch, entityTag) ? s_notModified : null;
    }

    /// <summary>A status without a body: the headers are set already. Status code pages may fill a 412 (RFC 9110 sections 15.4.5 and 15.5.13).</summary>
    private sealed class EmptyAnswer(int status) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => status;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return Task.CompletedTask;
        }
    }
}
