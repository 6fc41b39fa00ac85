using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>304 without a body; the headers that describe the representation are set already (RFC 9110 section 15.4.5).</summary>
internal sealed class NotModified : IResult, IStatusCodeHttpResult
{
    public static NotModified Instance { get; } = new();

    public int? StatusCode => StatusCodes.Status304NotModified;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }
}
