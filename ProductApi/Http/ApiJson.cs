using System.Text.Encodings.Web;
using System.Text.Json;

namespace HotShelf.ProductApi.Http;

/// <summary>How this API writes and reads JSON.</summary>
internal static class ApiJson
{
    /// <summary>
    /// The types of every request and answer. <c>'</c>, <c>&amp;</c> and letters of every script stay as they are: the answers are data with
    /// their media type and <c>nosniff</c>, never part of a page.
    /// </summary>
    public static ApiJsonContext Types { get; } =
        new(new JsonSerializerOptions(ApiJsonContext.Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
