using System.Globalization;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed class PostgresCatalogVersions(CatalogDatabase database) : ICatalogVersions
{
    private const string ProductsSql = "select p.id, p.version + r.version from products p join prices r on r.product_id = p.id where p.id = any ($1)";
    private const string ProfilesSql = "select user_id, version from user_profiles where user_id = any ($1)";
    private const string SampleSql = "select id from products where id >= (select (random() * max(id))::integer from products) order by id limit $1";

    public async ValueTask<IReadOnlyDictionary<string, long>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        var wanted = keys.ToHashSet(StringComparer.Ordinal);
        int[] products = [.. wanted.Select(key => IdOf(key, CatalogCacheKeys.ProductFamily) ?? IdOf(key, CatalogCacheKeys.PriceFamily)).Select(id => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).Where(id => id > 0).Distinct()];
        string[] profiles = [.. wanted.Select(key => IdOf(key, CatalogCacheKeys.UserProfileFamily)).OfType<string>()];
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        if (products.Length > 0)
        {
            foreach (var (id, version) in await database.ReadAsync(QueryKinds.Audit, ProductsSql, row => (row.GetInt32(0), row.GetInt64(1)), cancellationToken, Parameter(products)).ConfigureAwait(false))
                (versions[CatalogCacheKeys.Product(id)], versions[CatalogCacheKeys.Price(id)]) = (version, version);
        }

        if (profiles.Length > 0)
        {
            foreach (var (id, version) in await database.ReadAsync(QueryKinds.Audit, ProfilesSql, row => (row.GetString(0), row.GetInt64(1)), cancellationToken, Parameter(profiles)).ConfigureAwait(false))
                versions[CatalogCacheKeys.UserProfile(id)] = version;
        }

        return versions;
    }

    public async ValueTask<IReadOnlyList<int>> SampleProductsAsync(int count, CancellationToken cancellationToken = default) =>
        await database.ReadAsync(QueryKinds.Audit, SampleSql, row => row.GetInt32(0), cancellationToken, Parameter(count)).ConfigureAwait(false);

    private static string? IdOf(string key, string family) => key.StartsWith(family, StringComparison.Ordinal) && key.Length > family.Length && key[family.Length] == ':' ? key[(family.Length + 1)..] : null;
}
