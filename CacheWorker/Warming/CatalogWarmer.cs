using System.Globalization;
using HotShelf.Catalog;

namespace HotShelf.CacheWorker.Warming;

internal sealed class CatalogWarmer(IProductReader products, IPriceReader prices, IProfileReader profiles) : ICatalogWarmer
{
    public async Task<int> WarmAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var warmed = 0;
        foreach (var family in keys.GroupBy(Family, Rest, StringComparer.Ordinal))
        {
            warmed += family.Key switch
            {
                CatalogCacheKeys.ProductFamily => (await products.FindManyAsync(Numbers(family), cancellationToken).ConfigureAwait(false)).Count,
                CatalogCacheKeys.PriceFamily => (await prices.FindManyAsync(Numbers(family), cancellationToken).ConfigureAwait(false)).Count,
                CatalogCacheKeys.ProductListFamily => await WarmListsAsync(family, cancellationToken).ConfigureAwait(false),
                CatalogCacheKeys.UserProfileFamily => await WarmProfilesAsync(family, cancellationToken).ConfigureAwait(false),
                _ => 0,
            };
        }

        return warmed;
    }

    public async Task ReadAsync(string key, CancellationToken cancellationToken)
    {
        var rest = Rest(key);
        var id = Numbers([rest]).FirstOrDefault();
        switch (Family(key))
        {
            case CatalogCacheKeys.ProductFamily when id > 0:
                await products.FindAsync(id, cancellationToken).ConfigureAwait(false);
                break;
            case CatalogCacheKeys.PriceFamily when id > 0:
                await prices.FindAsync(id, cancellationToken).ConfigureAwait(false);
                break;
            case CatalogCacheKeys.ProductListFamily:
                await WarmListsAsync([rest], cancellationToken).ConfigureAwait(false);
                break;
            case CatalogCacheKeys.UserProfileFamily:
                await WarmProfilesAsync([rest], cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task<int> WarmListsAsync(IEnumerable<string> lists, CancellationToken cancellationToken)
    {
        var warmed = 0;
        foreach (var canonical in lists)
        {
            if (!ProductQuery.TryParse(canonical, out var query))
                continue;
            await products.ListAsync(query, cancellationToken).ConfigureAwait(false);
            warmed++;
        }

        return warmed;
    }

    private async Task<int> WarmProfilesAsync(IEnumerable<string> users, CancellationToken cancellationToken)
    {
        var warmed = 0;
        foreach (var user in users.Where(CatalogRules.IsUserId))
            warmed += await profiles.FindAsync(user, cancellationToken).ConfigureAwait(false) is null ? 0 : 1;
        return warmed;
    }

    private static List<int> Numbers(IEnumerable<string> texts) =>
        [.. texts.Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0)];

    private static string Family(string key) => key.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? key[..end] : key;

    private static string Rest(string key) => key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
