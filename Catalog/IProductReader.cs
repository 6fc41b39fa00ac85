namespace HotShelf.Catalog;

/// <summary>Reads products.</summary>
public interface IProductReader
{
    /// <summary>A product by its number; null when there is none, or it has no price yet.</summary>
    ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default);

    /// <summary>Several products by their numbers, those that exist; at most one SQL query whatever their count.</summary>
    ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken = default);

    /// <summary>One page of the products that match.</summary>
    ValueTask<ProductPage> ListAsync(ProductQuery query, CancellationToken cancellationToken = default);
}
