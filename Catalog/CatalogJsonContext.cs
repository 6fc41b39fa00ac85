using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HotShelf.Catalog;

/// <summary>The JSON form of everything the catalog hands out or takes in, in the cache and over HTTP; source-generated.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(ImmutableArray<Product>))]
[JsonSerializable(typeof(ProductPage))]
[JsonSerializable(typeof(CurrentPrice))]
[JsonSerializable(typeof(UserProfile))]
[JsonSerializable(typeof(ProductInput))]
[JsonSerializable(typeof(PriceInput))]
[JsonSerializable(typeof(ProfileInput))]
public sealed partial class CatalogJsonContext : JsonSerializerContext;
