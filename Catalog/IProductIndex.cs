namespace HotShelf.Catalog;

/// <summary>Which products there are, straight from the database; for those who fill the cache.</summary>
public interface IProductIndex
{
    /// <summary>The numbers of up to <paramref name="count"/> products below <paramref name="beforeId"/>, the newest first.</summary>
    ValueTask<IReadOnlyList<int>> ListIdsAsync(int count, int beforeId = int.MaxValue, CancellationToken cancellationToken = default);
}
