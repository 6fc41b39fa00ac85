namespace HotShelf.Catalog;

/// <summary>
/// How the catalog's entries are named in the cache: as the <c>[Cached]</c> attributes of the readers say, and as
/// <see cref="Microsoft.Extensions.DependencyInjection.CatalogChangeFeed"/> removes them.
/// </summary>
public static class CatalogCacheKeys
{
    /// <summary>The family of products.</summary>
    public const string ProductFamily = "product";

    /// <summary>The family of pages of products.</summary>
    public const string ProductListFamily = "product-list";

    /// <summary>The family of prices.</summary>
    public const string PriceFamily = "price";

    /// <summary>The family of user profiles.</summary>
    public const string UserProfileFamily = "user-profile";

    /// <summary><c>product:{id}</c></summary>
    public static string Product(int id) => string.Create(null, $"product:{id}");

    /// <summary><c>product-list:{canonical}</c></summary>
    public static string ProductList(ProductQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return $"product-list:{query.Canonical}";
    }

    /// <summary><c>price:{productId}</c></summary>
    public static string Price(int productId) => string.Create(null, $"price:{productId}");

    /// <summary><c>user-profile:{userId}</c></summary>
    public static string UserProfile(string userId) => $"user-profile:{userId}";

    /// <summary>The tag of all products and lists of a category, for removing the category as a whole.</summary>
    public static string Category(string category) => $"category:{category}";

    /// <summary>
    /// The tag of the lists of a <see cref="ProductQuery.Scope"/>. It is not <see cref="Category"/>, because one changed product makes the lists of
    /// its category stale, but not the category's other products.
    /// </summary>
    public static string Listing(string scope) => $"listing:{scope}";
}
