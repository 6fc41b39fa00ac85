using HotShelf.Caching.AspNetCore;

namespace HotShelf.ProductApi.Http;

/// <summary>The answer to a write: what is stored now, with the ETag to base the next change on. No cache may keep it.</summary>
internal sealed class Written(int status, PreparedContent content) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.ETag = content.EntityTag;
        httpContext.Response.Headers.CacheControl = "no-store";
        return content.ExecuteAsync(httpContext);
    }
}
