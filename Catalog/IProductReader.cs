using HotShelf.Caching;

namespace HotShelf.Catalog;

/// <summary>Reads products.</summary>
[CachedService]
public interface IProductReader
{
    /// <summary>A product by its number; null when there is none, or it has no price yet.</summary>
    [Cached("product:{id}", Tags = ["category:{result.Category}"], Version = "result.Version")]
    ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default);

    /// <summary>Several products by their numbers, those that exist; at most one SQL query whatever their count.</summary>
    [Cached("product:{ids}", Tags = ["category:{result.Category}"], Version = "result.Version")]
    ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken = default);

    /// <summary>One page of the products that match.</summary>
    [Cached("product-list:{query.Canonical}", Tags = ["category:{query.Scope}", "listing:{query.Scope}"])]
    ValueTask<ProductPage> ListAsync(ProductQuery query, CancellationToken cancellationToken = default);
}
