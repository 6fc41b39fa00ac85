using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Infrastructure;

namespace HotShelf.Caching.AspNetCore;

/// <summary>What the result of an endpoint will answer, as far as that can be seen before it is written.</summary>
/// <param name="Prepared">The result as prepared content; null for any other.</param>
/// <param name="Status">The status code; null when only writing the result decides it.</param>
/// <param name="IsNegative">True when the answer is "there is none": 404, or nothing in place of a value.</param>
/// <param name="IsBuffered">True when the body is one value or text, which may be buffered for its entity tag; false for what streams or is no 200.</param>
internal readonly record struct AnsweredResult(PreparedContent? Prepared, int? Status, bool IsNegative, bool IsBuffered)
{
    private static readonly ConcurrentDictionary<Type, bool> s_streams = new();

    public static AnsweredResult Of(HttpContext http, object? result)
    {
        while (result is INestedHttpResult nested)
            result = nested.Result;
        switch (result)
        {
            case PreparedContent prepared:
                // It keeps the status of the response.
                return new(prepared, http.Response.StatusCode, prepared.IsNegative || http.Response.StatusCode == StatusCodes.Status404NotFound, false);
            // Controllers write their results by formatters.
            case IActionResult or IConvertToActionResult:
                return default;
            case IResult:
                // What carries no status of its own keeps that of the response.
                var hasOneBody = HasOneBody(result);
                var status = result switch
                {
                    IStatusCodeHttpResult { StatusCode: { } own } => own,
                    _ => hasOneBody || result is IStatusCodeHttpResult ? http.Response.StatusCode : (int?)null,
                };
                return Answer(status, hasOneBody, isNothing: result is IValueHttpResult { Value: null } && status == StatusCodes.Status200OK);
            default:
                return Answer(http.Response.StatusCode, !Streams(result) && http.GetEndpoint()?.Metadata.GetMetadata<ActionDescriptor>() is null, result is null);
        }
    }

    private static AnsweredResult Answer(int? status, bool hasOneBody, bool isNothing = false) =>
        new(null, status, isNothing || status == StatusCodes.Status404NotFound, hasOneBody && status == StatusCodes.Status200OK);

    private static bool HasOneBody(object result) => result switch
    {
        ContentHttpResult or Utf8ContentHttpResult => true,
        // Files with a validator of their own, and those that answer ranges, compare conditions themselves.
        FileContentHttpResult { EntityTag: null, LastModified: null, EnableRangeProcessing: false } => true,
        IValueHttpResult { Value: { } value } => !Streams(value),
        _ => false,
    };

    /// <summary>True for <see cref="IAsyncEnumerable{T}"/>: its elements are sent as they come.</summary>
    private static bool Streams(object? value) => value is not (null or string) && s_streams.GetOrAdd(value.GetType(), ImplementsAsyncEnumerable);

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "An interface that trimming removed from the type is not found by the serializer either.")]
    private static bool ImplementsAsyncEnumerable(Type type) =>
        type.GetInterfaces().Any(static candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));
}
