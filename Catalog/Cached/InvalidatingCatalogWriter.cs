using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Catalog.Cached;

/// <summary>
/// Removes from the cache what a write made stale, after its commit and before the caller hears of it. The change feed does the same a few
/// milliseconds later, so a process that dies in between leaves nothing stale for long.
/// </summary>
internal sealed class InvalidatingCatalogWriter(HybridCache cache, ICatalogWriter inner) : ICatalogWriter
{
    public async ValueTask<WriteResult<Product>> CreateProductAsync(ProductInput input, CancellationToken cancellationToken = default) =>
        await ProductWrittenAsync(await inner.CreateProductAsync(input, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    public async ValueTask<WriteResult<Product>> UpdateProductAsync(int id, ProductInput input, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        await ProductWrittenAsync(await inner.UpdateProductAsync(id, input, expectedVersion, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    public async ValueTask<WriteResult<Product>> DeleteProductAsync(int id, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        await ProductWrittenAsync(await inner.DeleteProductAsync(id, expectedVersion, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    public async ValueTask<WriteResult<CurrentPrice>> SetPriceAsync(int productId, PriceInput input, long? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        var result = await inner.SetPriceAsync(productId, input, expectedVersion, cancellationToken).ConfigureAwait(false);
        if (result.Status == WriteStatus.Done)
            await RemoveAsync(productId, result.Categories).ConfigureAwait(false);
        return result;
    }

    public async ValueTask<WriteResult<UserProfile>> SaveProfileAsync(string userId, ProfileInput input, long? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        var result = await inner.SaveProfileAsync(userId, input, expectedVersion, cancellationToken).ConfigureAwait(false);
        if (result.Status == WriteStatus.Done)
            await cache.RemoveAsync(CatalogCacheKeys.UserProfile(userId), CancellationToken.None).ConfigureAwait(false);
        return result;
    }

    private async ValueTask<WriteResult<Product>> ProductWrittenAsync(WriteResult<Product> result)
    {
        if (result is { Status: WriteStatus.Done, Value: { } product })
            await RemoveAsync(product.Id, result.Categories).ConfigureAwait(false);
        return result;
    }

    // Not cancelled with the caller: the write is committed, so its invalidation must follow.
    private async ValueTask RemoveAsync(int productId, IEnumerable<string> categories)
    {
        await cache.RemoveAsync([CatalogCacheKeys.Product(productId), CatalogCacheKeys.Price(productId)], CancellationToken.None).ConfigureAwait(false);
        await cache.RemoveByTagAsync([CatalogCacheKeys.AllListings, .. categories.Select(CatalogCacheKeys.Listing)], CancellationToken.None).ConfigureAwait(false);
    }
}
