using Microsoft.AspNetCore.Http;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// One representation of a cached value, made once per fill and written as it is to every caller: the result of an endpoint, these bytes with the status of the response, 200 unless the handler has set another.
/// With <c>WithCacheHeaders</c> on the endpoint it carries its validator and becomes 304 when the client has it already.
/// </summary>
public sealed class PreparedContent : IResult, IStatusCodeHttpResult
{
    // Below a network packet nothing is gained, and what is kept beside the plain bytes is bounded.
    private const int SmallestCompressed = 1024;
    private const int LargestCompressed = 1024 * 1024;

    private readonly Action<Span<byte>>? _write;
    private readonly int _length;
    private ReadOnlyMemory<byte> _body;
    private PreparedContent? _brotli;
    private PreparedContent? _gzip;

    /// <summary>Prepares a representation.</summary>
    /// <param name="body">The bytes of the answer.</param>
    /// <param name="entityTag">A strong validator in its quotes, such as <c>"v7"</c> (RFC 9110 section 8.8.3); null for none.</param>
    /// <param name="contentType">The media type of <paramref name="body"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="entityTag"/> is not a quoted strong validator.</exception>
    public PreparedContent(ReadOnlyMemory<byte> body, string? entityTag, string contentType = "application/json; charset=utf-8")
        : this(entityTag, contentType, body.Length) => _body = body;

    /// <summary>Prepares a representation for one answer, whose bytes are put together when they are sent, in the response's own buffer: never for a 304.</summary>
    /// <param name="length">How many bytes the answer has.</param>
    /// <param name="write">Fills a span of that length.</param>
    /// <param name="entityTag">A strong validator in its quotes, such as <c>"v7"</c> (RFC 9110 section 8.8.3); null for none.</param>
    /// <param name="contentType">The media type of what <paramref name="write"/> writes.</param>
    /// <exception cref="ArgumentException"><paramref name="entityTag"/> is not a quoted strong validator.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative.</exception>
    public PreparedContent(int length, Action<Span<byte>> write, string? entityTag, string contentType = "application/json; charset=utf-8")
        : this(entityTag, contentType, length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentNullException.ThrowIfNull(write);
        _write = write;
    }

    private PreparedContent(string? entityTag, string contentType, int length)
    {
        if (entityTag is not null && !EntityTags.IsStrong(entityTag))
            throw new ArgumentException($"'{entityTag}' is not a strong entity tag: it must be text in double quotes without blanks.", nameof(entityTag));
        EntityTag = entityTag;
        ContentType = contentType;
        _length = length;
    }

    /// <summary>The bytes of the answer.</summary>
    public ReadOnlyMemory<byte> Body
    {
        get
        {
            if (_write is not null && _body.IsEmpty)
            {
                var body = new byte[_length];
                _write(body);
                _body = body;
            }

            return _body;
        }
    }

    /// <summary>The strong validator, or null.</summary>
    public string? EntityTag { get; }

    /// <summary>The media type.</summary>
    public string ContentType { get; }

    /// <summary>The coding of <see cref="Body"/>, such as <c>br</c>; null for none.</summary>
    public string? ContentEncoding { get; private init; }

    /// <summary>True when this is kept for many answers (<see cref="PreparedContents{T}"/>), so that its compressed forms are worth making and keeping.</summary>
    internal bool IsKept { get; set; }

    /// <summary>True when a part of the answer is "there is none": its short lifetime has no grace. Default false.</summary>
    public bool IsNegative { get; init; }

    int? IStatusCodeHttpResult.StatusCode => StatusCodes.Status200OK;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.Headers.ContentType = ContentType;
        if (ContentEncoding is { } encoding)
            response.Headers.ContentEncoding = encoding;
        response.Headers.ContentLength = _length;
        // HEAD gets the headers of GET and no body (RFC 9110 section 9.3.2).
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return Task.CompletedTask;
        return WriteAsync(response, httpContext.RequestAborted);
    }

    /// <summary>Writes the body in one piece, straight into the response's pipe: the response's stream would copy it into blocks of 4 KiB.</summary>
    private async Task WriteAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        // The headers first: the server keeps a body that is written before them aside, and copies it.
        await response.StartAsync(cancellationToken);
        var pipe = response.BodyWriter;
        var body = pipe.GetSpan(_length)[.._length];
        if (_write is null || IsKept)
            Body.Span.CopyTo(body);
        else
            _write(body);
        pipe.Advance(_length);
        await pipe.FlushAsync(cancellationToken);
    }

    /// <summary>This representation in a coding: made at the first call and kept; itself where compression gains less than a fifth.</summary>
    internal PreparedContent In(ContentCoding? coding)
    {
        if (coding is null || !IsKept || _length is < SmallestCompressed or > LargestCompressed)
            return this;
        // Two first callers may both compress: both results are equal, and one of them stays.
        return coding == ContentCoding.Brotli ? _brotli ??= Compress(coding) : _gzip ??= Compress(coding);
    }

    // A strong validator names bytes, so each coding has its own: "a7" becomes "a7-br".
    private PreparedContent Compress(ContentCoding coding)
    {
        var body = coding.Compress(Body);
        return body.Length > Body.Length / 5 * 4
            ? this
            : new PreparedContent(body, EntityTag is null ? null : $"{EntityTag.AsSpan(0, EntityTag.Length - 1)}-{coding.Name}\"", ContentType) { ContentEncoding = coding.Name, IsNegative = IsNegative };
    }
}
