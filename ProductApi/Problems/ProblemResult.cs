using System.Diagnostics;
using System.Text.Json;
using HotShelf.ProductApi.Hosting;
using HotShelf.ProductApi.Http;

namespace HotShelf.ProductApi.Problems;

/// <summary>Answers with a problem response (RFC 9457), whatever the client accepts: an error without a body does not help.</summary>
internal sealed class ProblemResult(ProblemType type, string? detail, IDictionary<string, string[]>? errors = null, TimeSpan? retryAfter = null) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => type.Status;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (response.HasStarted)
            return;
        response.StatusCode = type.Status;
        SecurityHeaders.Apply(response.Headers);
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = ((long)Math.Max(1, Math.Ceiling(wait.TotalSeconds))).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (response.Headers.CacheControl.Count == 0)
            response.Headers.CacheControl = "no-store";
        var traceId = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemResponse(type.Uri, type.Title, type.Status, detail, traceId, errors), ApiJson.Types.ProblemResponse);
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method))
            // Not until RequestAborted, which is also how a request ends that takes too long. To a client that has left, the server writes nothing.
            await response.Body.WriteAsync(body, CancellationToken.None);
    }
}
