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
[JsonSerializable(typeof(ProductBatchResponse))]
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
[JsonSerializable(typeof(NodesResponse))]
[JsonSerializable(typeof(VersionResponse))]
[JsonSerializable(typeof(WarmingsResponse))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
