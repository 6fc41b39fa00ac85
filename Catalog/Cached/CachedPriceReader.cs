using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Catalog.Cached;

internal sealed class CachedPriceReader(HybridCache cache, IPriceReader inner) : IPriceReader
{
    public ValueTask<CurrentPrice?> FindAsync(int productId, CancellationToken cancellationToken = default) =>
        cache.GetOrCreateAsync(
            CatalogCacheKeys.Price(productId), (inner, productId), static (state, token) => state.inner.FindAsync(state.productId, token),
            cancellationToken: cancellationToken);

    public ValueTask<IReadOnlyDictionary<int, CurrentPrice>> FindManyAsync(IReadOnlyList<int> productIds, CancellationToken cancellationToken = default) =>
        cache.GetOrCreateManyAsync(
            productIds, CatalogCacheKeys.Price, inner, static (missing, reader, token) => reader.FindManyAsync(missing, token), cancellationToken: cancellationToken);
}
