using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using HotShelf.Caching;
using HotShelf.Catalog;
using HotShelf.ProductApi.Operations;
using HotShelf.ProductApi.Problems;
using HotShelf.ProductApi.Products;
using HotShelf.ProductApi.Profiles;
using HotShelf.ProductApi.Sessions;

namespace HotShelf.ProductApi.Http;

/// <summary>The JSON of every request and answer, source-generated. A field given twice is refused: which one counts would be a guess.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, AllowDuplicateProperties = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemResponse))]
[JsonSerializable(typeof(ProductResponse))]
[JsonSerializable(typeof(ProductListResponse))]
[JsonSerializable(typeof(PriceResponse))]
[JsonSerializable(typeof(ProfileResponse))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionCreatedResponse))]
[JsonSerializable(typeof(SessionResponse))]
[JsonSerializable(typeof(ProductInput))]
[JsonSerializable(typeof(PriceInput))]
[JsonSerializable(typeof(ProfileInput))]
[JsonSerializable(typeof(CacheStatistics))]
[JsonSerializable(typeof(CacheEntryDescription))]
[JsonSerializable(typeof(InvalidationResponse))]
internal sealed partial class ApiJsonContext : JsonSerializerContext
{
    /// <summary>
    /// The context to use. It leaves <c>'</c>, <c>&amp;</c> and letters of every script as they are: the answers are data with their media type
    /// and <c>nosniff</c>, never part of a page.
    /// </summary>
    public static ApiJsonContext Api { get; } = new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
