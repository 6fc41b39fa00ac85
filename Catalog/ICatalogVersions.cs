namespace HotShelf.Catalog;

/// <summary>What the database itself says of entries of the cache, without their values.</summary>
public interface ICatalogVersions
{
    /// <summary>The versions of products (<c>product:42</c>), prices (<c>price:42</c>) and profiles (<c>user-profile:u1</c>) by their cache keys; those that do not exist are left out. Two queries at most.</summary>
    ValueTask<IReadOnlyDictionary<string, long>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default);

    /// <summary>Up to <paramref name="count"/> products from a random place on.</summary>
    ValueTask<IReadOnlyList<int>> SampleProductsAsync(int count, CancellationToken cancellationToken = default);
}
