using HotShelf.Caching;

namespace HotShelf.Catalog;

/// <summary>Reads prices.</summary>
[CachedService]
public interface IPriceReader
{
    /// <summary>What a product costs now; null when there is no such product, or it has no price yet.</summary>
    [Cached("price:{productId}", Version = "result.Version")]
    ValueTask<CurrentPrice?> FindAsync(int productId, CancellationToken cancellationToken = default);

    /// <summary>Several prices by their products' numbers, those that exist; at most one SQL query whatever their count.</summary>
    [Cached("price:{productIds}", Version = "result.Version")]
    ValueTask<IReadOnlyDictionary<int, CurrentPrice>> FindManyAsync(IReadOnlyList<int> productIds, CancellationToken cancellationToken = default);
}
