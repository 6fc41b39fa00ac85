using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// One representation of a cached value, made once per fill and written as it is to every caller: the result of an endpoint, 200 with these bytes.
/// With <c>WithCacheHeaders</c> on the endpoint it carries its validator and becomes 304 when the client has it already.
/// </summary>
public sealed class PreparedContent : IResult, IStatusCodeHttpResult
{
    /// <summary>Prepares a representation.</summary>
    /// <param name="body">The bytes of the answer.</param>
    /// <param name="entityTag">A strong validator in its quotes, such as <c>"v7"</c> (RFC 9110 section 8.8.3); null for none.</param>
    /// <param name="contentType">The media type of <paramref name="body"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="entityTag"/> is not a quoted strong validator.</exception>
    public PreparedContent(ReadOnlyMemory<byte> body, string? entityTag, string contentType = "application/json; charset=utf-8")
    {
        if (entityTag is not null && !EntityTags.IsStrong(entityTag))
            throw new ArgumentException($"'{entityTag}' is not a strong entity tag: it must be text in double quotes without blanks.", nameof(entityTag));
        Body = body;
        EntityTag = entityTag;
        ContentType = contentType;
    }

    /// <summary>The bytes of the answer.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The strong validator, or null.</summary>
    public string? EntityTag { get; }

    /// <summary>The media type.</summary>
    public string ContentType { get; }

    /// <summary>True when a part of the answer is "there is none": its short lifetime has no grace. Default false.</summary>
    public bool IsNegative { get; init; }

    int? IStatusCodeHttpResult.StatusCode => StatusCodes.Status200OK;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.Headers.ContentType = ContentType;
        response.Headers.ContentLength = Body.Length;
        // HEAD gets the headers of GET and no body (RFC 9110 section 9.3.2).
        return HttpMethods.IsHead(httpContext.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
    }
}
