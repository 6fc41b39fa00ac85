namespace HotShelf.Catalog;

/// <summary>Reads prices.</summary>
public interface IPriceReader
{
    /// <summary>What a product costs now; null when there is no such product, or it has no price yet.</summary>
    ValueTask<CurrentPrice?> FindAsync(int productId, CancellationToken cancellationToken = default);

    /// <summary>Several prices by their products' numbers, those that exist; at most one SQL query whatever their count.</summary>
    ValueTask<IReadOnlyDictionary<int, CurrentPrice>> FindManyAsync(IReadOnlyList<int> productIds, CancellationToken cancellationToken = default);
}
