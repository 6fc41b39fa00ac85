namespace HotShelf.Catalog;

/// <summary>Which products there are, straight from the database; for those who fill the cache.</summary>
public interface IProductIndex
{
    /// <summary>The numbers of up to <paramref name="count"/> products after <paramref name="afterId"/>, ascending.</summary>
    ValueTask<IReadOnlyList<int>> ListIdsAsync(int count, int afterId = 0, CancellationToken cancellationToken = default);
}
