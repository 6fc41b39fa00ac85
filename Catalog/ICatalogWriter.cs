using HotShelf.Caching;

namespace HotShelf.Catalog;

/// <summary>
/// The one way this solution writes the catalog: the database first, then what became stale is removed from the cache. The inputs must have
/// passed <see cref="CatalogRules"/>; one that has not is an <see cref="ArgumentException"/>. A write that did nothing makes nothing stale. The change
/// feed removes the same a few milliseconds later, so a process that dies between commit and invalidation leaves nothing stale for long.
/// </summary>
[CachedService]
public interface ICatalogWriter
{
    /// <summary>Adds a product with its price. <see cref="WriteStatus.Duplicate"/> when its SKU is taken.</summary>
    [Invalidates("product:{result.Products}", "price:{result.Products}", Tags = ["listing:{result.Listings}"], Version = "result.Version", Change = "result.Change")]
    ValueTask<WriteResult<Product>> CreateProductAsync(ProductInput input, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces all of a product and its price. <see cref="WriteStatus.Conflict"/> when <paramref name="condition"/>, on the
    /// product's version, does not hold; <see cref="WriteStatus.Duplicate"/> when another product has the SKU.
    /// </summary>
    [Invalidates("product:{result.Products}", "price:{result.Products}", Tags = ["listing:{result.Listings}"], Version = "result.Version", Change = "result.Change")]
    ValueTask<WriteResult<Product>> UpdateProductAsync(int id, ProductInput input, WriteCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>Removes a product and its prices; the result carries what was removed.</summary>
    [Invalidates("product:{result.Products}", "price:{result.Products}", Tags = ["listing:{result.Listings}"], Version = "result.Version", Change = "result.Change")]
    ValueTask<WriteResult<Product>> DeleteProductAsync(int id, WriteCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>Changes a product's price, in the currency it has unless another is given; <paramref name="condition"/> is on the product's version.</summary>
    [Invalidates("product:{result.Products}", "price:{result.Products}", Tags = ["listing:{result.Listings}"], Version = "result.Version", Change = "result.Change")]
    ValueTask<WriteResult<CurrentPrice>> SetPriceAsync(int productId, PriceInput input, WriteCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>Writes a user's profile, new or not unless <paramref name="condition"/> says. <see cref="WriteStatus.Conflict"/> when that does not hold.</summary>
    [Invalidates("user-profile:{result.Profiles}", Version = "result.Version")]
    ValueTask<WriteResult<UserProfile>> SaveProfileAsync(string userId, ProfileInput input, WriteCondition condition = default, CancellationToken cancellationToken = default);
}
