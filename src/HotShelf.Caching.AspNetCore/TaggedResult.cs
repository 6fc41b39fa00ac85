using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// Writes the result of an endpoint into memory, gives it an <c>ETag</c> from its bytes, and sends it, or 304. The tag is a weak validator (RFC 9110 section
/// 8.8.1): a middleware may compress the body afterwards, and the compressed form has the same tag. A body above <see cref="BufferedBody.Limit"/> is sent
/// as it is written, without a tag.
/// </summary>
internal sealed class TaggedResult(object? result) : IResult, IStatusCodeHttpResult
{
    private const int DigestBytes = 16;

    public int? StatusCode => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var original = httpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var isHead = HttpMethods.IsHead(httpContext.Request.Method);
        using var body = new BufferedBody(original, isHead);
        try
        {
            // Without the original as its prior feature, which would send the headers as soon as a result starts the response.
            var feature = new StreamResponseBodyFeature(body);
            httpContext.Features.Set<IHttpResponseBodyFeature>(feature);
            // HEAD has the headers of GET, so its body is written as well; some results would leave it out.
            if (isHead)
                httpContext.Request.Method = HttpMethods.Get;
            await WriteAsync(httpContext);
            await feature.Writer.FlushAsync(httpContext.RequestAborted);
        }
        finally
        {
            httpContext.Features.Set(original);
            if (isHead)
                httpContext.Request.Method = HttpMethods.Head;
        }

        // Results end quietly when the client leaves: what was written may be a part.
        httpContext.RequestAborted.ThrowIfCancellationRequested();
        if (body.IsPassedThrough)
            return;
        var response = httpContext.Response;
        var bytes = body.Written;
        if (Conditions.Check(httpContext, Tag(bytes.Span)) is { } instead)
        {
            // A 304 describes no body (RFC 9110 section 15.4.5).
            response.ContentType = null;
            response.ContentLength = null;
            await instead.ExecuteAsync(httpContext);
            return;
        }

        response.ContentLength = bytes.Length;
        if (!isHead)
            await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }

    // As the framework writes what a handler returns.
    private Task WriteAsync(HttpContext http)
    {
        switch (result)
        {
            case IResult executable:
                return executable.ExecuteAsync(http);
            case string text:
                http.Response.ContentType ??= "text/plain; charset=utf-8";
                return http.Response.WriteAsync(text, http.RequestAborted);
            default:
                var json = http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
                return http.Response.WriteAsJsonAsync(result, json.GetTypeInfo(typeof(object)), cancellationToken: http.RequestAborted);
        }
    }

    private static string Tag(ReadOnlySpan<byte> body)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, digest);
        return $"W/\"{Base64Url.EncodeToString(digest[..DigestBytes])}\"";
    }
}
