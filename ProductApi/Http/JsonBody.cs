using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HotShelf.ProductApi.Problems;
using Microsoft.Net.Http.Headers;

namespace HotShelf.ProductApi.Http;

/// <summary>A request's body, or the problem to answer with.</summary>
internal readonly record struct JsonBody<T>(T? Value, ProblemResult? Problem);

/// <summary>Reads a request's JSON body and says what is wrong with it, without telling anything of our types.</summary>
internal static class JsonBody
{
    public static async ValueTask<JsonBody<T>> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        if (!IsJson(request))
            return new(null, Problem.Of(ProblemType.UnsupportedMediaType, "Send the body as application/json in UTF-8."));
        try
        {
            var value = await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted);
            return value is null
                ? new(null, Problem.Of(ProblemType.MalformedBody, "The body must be a JSON object, not null."))
                : new(value, null);
        }
        catch (JsonException exception)
        {
            return new(null, Describe(exception));
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new(null, Problem.Of(ProblemType.BodyTooLarge, $"The body may have at most {RequestLimits.BodyBytes} bytes."));
        }
        catch (BadHttpRequestException exception)
        {
            return new(null, Problem.Of(ProblemType.ForStatus(exception.StatusCode), "The body did not arrive as its headers announced it."));
        }
    }

    private static bool IsJson(HttpRequest request) =>
        request.HasJsonContentType()
        && (request.GetTypedHeaders().ContentType?.Charset is not { HasValue: true } charset || HeaderUtilities.RemoveQuotes(charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ProblemResult Describe(JsonException exception)
    {
        // The reader's own exception is inside when the text is not JSON; without one the text is JSON of another type than expected.
        var isSyntax = exception.InnerException is JsonException || exception.Path is null or "$";
        return isSyntax
            ? Problem.Of(ProblemType.MalformedBody, $"The body must be a JSON object; reading it failed at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.")
            : Problem.Validation(FieldOf(exception.Path!), $"{FieldOf(exception.Path!)} is not of the expected JSON type, or is given twice");
    }

    // "$.tags[2]" names the field "tags[2]".
    private static string FieldOf(string path) => path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
}
