namespace HotShelf.ProductApi.Problems;

/// <summary>The body of every error: <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Type">What kind of problem; stable.</param>
/// <param name="Title">The kind in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">This occurrence in words, and what to do about it.</param>
/// <param name="TraceId">Names the request in logs and traces.</param>
/// <param name="Errors">For <c>validation</c>: what is wrong, by the name of the field or parameter.</param>
internal sealed record ProblemResponse(string Type, string Title, int Status, string? Detail, string? TraceId, IDictionary<string, string[]>? Errors);
