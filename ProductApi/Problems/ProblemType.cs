namespace HotShelf.ProductApi.Problems;

/// <summary>One kind of problem (RFC 9457): clients branch on <see cref="Uri"/>, which never changes; people read the rest.</summary>
internal sealed record ProblemType(string Name, int Status, string Title)
{
    public static readonly ProblemType Validation = new("validation", 400, "Some values are not acceptable");
    public static readonly ProblemType BadRequest = new("bad-request", 400, "The request cannot be understood");
    public static readonly ProblemType MalformedBody = new("malformed-body", 400, "The body is not the JSON that is expected");
    public static readonly ProblemType Unauthenticated = new("unauthenticated", 401, "Credentials are missing or not accepted");
    public static readonly ProblemType Forbidden = new("forbidden", 403, "The credentials do not allow this");
    public static readonly ProblemType NotFound = new("not-found", 404, "There is nothing here");
    public static readonly ProblemType MethodNotAllowed = new("method-not-allowed", 405, "This method is not allowed here");
    public static readonly ProblemType DuplicateSku = new("duplicate-sku", 409, "Another product has this SKU");
    public static readonly ProblemType PreconditionFailed = new("precondition-failed", 412, "It was changed in the meantime");
    public static readonly ProblemType BodyTooLarge = new("body-too-large", 413, "The body is too large");
    public static readonly ProblemType UnsupportedMediaType = new("unsupported-media-type", 415, "The body's media type is not supported");
    public static readonly ProblemType TooManyRequests = new("too-many-requests", 429, "Too many requests");
    public static readonly ProblemType Internal = new("internal", 500, "Something went wrong on our side");
    public static readonly ProblemType Unavailable = new("unavailable", 503, "A service that is needed for this does not answer");
    public static readonly ProblemType Timeout = new("timeout", 504, "The answer took too long");

    public static readonly ProblemType[] All =
    [
        Validation, BadRequest, MalformedBody, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, DuplicateSku, PreconditionFailed,
        BodyTooLarge, UnsupportedMediaType, TooManyRequests, Internal, Unavailable, Timeout,
    ];

    /// <summary>The stable identifier: a URN, because it names the kind wherever the service runs.</summary>
    public string Uri { get; } = $"urn:hotshelf:problem:{Name}";

    /// <summary>The type that stands for a bare status code, such as routing's own 404 and 405.</summary>
    public static ProblemType ForStatus(int status) =>
        All.FirstOrDefault(type => type.Status == status && type != Validation)
        ?? new ProblemType("other", status, Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status));
}
