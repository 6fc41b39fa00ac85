using HotShelf.Caching;
using Microsoft.Extensions.Options;

namespace HotShelf.Catalog.Cached;

/// <summary>How long each family of the catalog lives in the cache; configuration (<c>Caching:Families:…</c>) has the last word.</summary>
internal sealed class CatalogPolicies : IConfigureOptions<HotShelfCachingOptions>
{
    public void Configure(HotShelfCachingOptions options)
    {
        // A product that does not exist is remembered for a short while; creating one removes the memory, as any change does.
        options.Families.TryAdd(CatalogCacheKeys.ProductFamily, new CachePolicy
        {
            Fresh = TimeSpan.FromHours(1),
            Grace = TimeSpan.FromHours(1),
            Local = TimeSpan.FromMinutes(10),
            Negative = TimeSpan.FromSeconds(30),
            EagerRefresh = 0.8,
        });
        options.Families.TryAdd(CatalogCacheKeys.ProductListFamily, new CachePolicy
        {
            Fresh = TimeSpan.FromMinutes(5),
            Grace = TimeSpan.FromMinutes(5),
            Local = TimeSpan.FromMinutes(1),
            EagerRefresh = 0.8,
            // Every write removes the tag of all lists. While the database is away, the lists from before it are better than none.
            FailSafeAfterTagRemoval = true,
        });
        // No grace: an old price is worse than a slow one.
        options.Families.TryAdd(CatalogCacheKeys.PriceFamily, new CachePolicy
        {
            Fresh = TimeSpan.FromSeconds(30),
            Local = TimeSpan.FromSeconds(5),
            Negative = TimeSpan.FromSeconds(10),
            EagerRefresh = 0.7,
        });
        options.Families.TryAdd(CatalogCacheKeys.UserProfileFamily, new CachePolicy
        {
            Fresh = TimeSpan.FromMinutes(5),
            Grace = TimeSpan.FromMinutes(5),
            Local = TimeSpan.FromMinutes(1),
        });
    }
}
