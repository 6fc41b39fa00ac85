using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Catalog.Cached;

/// <summary>Products through the cache. An entry's tags depend on what was loaded, so they are given while it is filled.</summary>
internal sealed class CachedProductReader(HybridCache cache, IProductReader inner) : IProductReader
{
    private static readonly string[] s_allListings = [CatalogCacheKeys.AllListings];

    public ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default) =>
        cache.GetOrCreateAsync(CatalogCacheKeys.Product(id), (inner, id), static async (fill, state, token) =>
        {
            var product = await state.inner.FindAsync(state.id, token).ConfigureAwait(false);
            if (product is not null)
                fill.AddTag(CatalogCacheKeys.Category(product.Category));
            return product;
        }, cancellationToken: cancellationToken);

    public ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken = default) =>
        cache.GetOrCreateManyAsync(
            ids, CatalogCacheKeys.Product, inner, static (missing, reader, token) => reader.FindManyAsync(missing, token),
            tags: static product => [CatalogCacheKeys.Category(product.Category)], cancellationToken: cancellationToken);

    public ValueTask<ProductPage> ListAsync(ProductQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return cache.GetOrCreateAsync(
            CatalogCacheKeys.ProductList(query), (inner, query), static (state, token) => state.inner.ListAsync(state.query, token),
            tags: query.Category is { } category ? [CatalogCacheKeys.Category(category), CatalogCacheKeys.Listing(category)] : s_allListings,
            cancellationToken: cancellationToken);
    }
}
