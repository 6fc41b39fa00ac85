using System.Globalization;
using HotShelf.Catalog;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Reads keys as an API node does: what is fresh stays, what is missing is loaded by its family's policy.</summary>
internal sealed class CatalogKeys(IProductReader products, IPriceReader prices, IProfileReader profiles)
{
    /// <summary>Whether a key is of a family that is read here; those of others, such as stored responses, only an API node can fill.</summary>
    public static bool CanRead(string key) =>
        Family(key) is CatalogCacheKeys.ProductFamily or CatalogCacheKeys.PriceFamily or CatalogCacheKeys.ProductListFamily or CatalogCacheKeys.UserProfileFamily;

    /// <summary>Returns how many of the keys name something that is there.</summary>
    public async Task<int> ReadAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var read = 0;
        foreach (var family in keys.GroupBy(Family, Rest, StringComparer.Ordinal))
        {
            read += family.Key switch
            {
                CatalogCacheKeys.ProductFamily => (await products.FindManyAsync(Numbers(family), cancellationToken).ConfigureAwait(false)).Count,
                CatalogCacheKeys.PriceFamily => (await prices.FindManyAsync(Numbers(family), cancellationToken).ConfigureAwait(false)).Count,
                CatalogCacheKeys.ProductListFamily => await ReadListsAsync(family, cancellationToken).ConfigureAwait(false),
                CatalogCacheKeys.UserProfileFamily => await ReadProfilesAsync(family, cancellationToken).ConfigureAwait(false),
                _ => 0,
            };
        }

        return read;
    }

    private async Task<int> ReadListsAsync(IEnumerable<string> lists, CancellationToken cancellationToken)
    {
        var read = 0;
        foreach (var canonical in lists)
        {
            if (!ProductQuery.TryParse(canonical, out var query))
                continue;
            await products.ListAsync(query, cancellationToken).ConfigureAwait(false);
            read++;
        }

        return read;
    }

    private async Task<int> ReadProfilesAsync(IEnumerable<string> users, CancellationToken cancellationToken)
    {
        var read = 0;
        foreach (var user in users.Where(CatalogRules.IsUserId))
            read += await profiles.FindAsync(user, cancellationToken).ConfigureAwait(false) is null ? 0 : 1;
        return read;
    }

    private static List<int> Numbers(IEnumerable<string> texts) =>
        [.. texts.Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0)];

    private static string Family(string key) => key.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? key[..end] : key;

    private static string Rest(string key) => key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
