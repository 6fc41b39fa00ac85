using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>412 without a body, which status code pages may fill: the client insists on another representation than the current one (RFC 9110 section 15.5.13).</summary>
internal sealed class PreconditionFailed : IResult, IStatusCodeHttpResult
{
    public static PreconditionFailed Instance { get; } = new();

    public int? StatusCode => StatusCodes.Status412PreconditionFailed;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
        return Task.CompletedTask;
    }
}
