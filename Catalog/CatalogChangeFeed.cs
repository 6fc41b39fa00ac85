using HotShelf.Caching.Postgres;
using HotShelf.Catalog;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What changes of the catalog's tables make stale.</summary>
public static class CatalogChangeFeed
{
    private const string ChangedSql = """
        select p.id, p.category, p.version + r.version from products p left join prices r on r.product_id = p.id where p.id = any ($1)
        """;

    /// <summary>Keeps the cache in step with the database <paramref name="connectionName"/>, for changes by any client. Starts when <c>AddCatalogSetup</c> has prepared the database.</summary>
    public static IHostApplicationBuilder AddCatalogChangeFeed(this IHostApplicationBuilder builder, string connectionName)
    {
        string[] families = [CatalogCacheKeys.ProductFamily, CatalogCacheKeys.PriceFamily, CatalogCacheKeys.ProductListFamily];
        return builder.AddPostgresChangeFeed(connectionName, feed =>
        {
            feed.StartAfter(static (services, cancellationToken) => services.GetRequiredService<CatalogSetup>().Completed.WaitAsync(cancellationToken));

            feed.Table<ProductRow>("products", families, static (changes, to, connection, cancellationToken) =>
            {
                foreach (var row in changes.SelectMany(change => change.Rows))
                    to.RemoveTag(CatalogCacheKeys.Listing(row.Category));
                return RemoveAsync(changes.SelectMany(change => change.Rows).Select(row => row.Id), to, connection, cancellationToken);
            }).NeedsOld("category");

            // A price is shown in three places: on its own, in its product, and in the lists of its product's category.
            feed.Table<PriceRow>("prices", families, static (changes, to, connection, cancellationToken) =>
                RemoveAsync(changes.SelectMany(change => change.Rows).Select(row => row.ProductId), to, connection, cancellationToken));

            feed.Table<ProfileRow>("user_profiles", [CatalogCacheKeys.UserProfileFamily], static (change, to) =>
                to.Remove(change, static profile => CatalogCacheKeys.UserProfile(profile.UserId), static profile => profile.Version));
        });
    }

    // A product's version, and its price's, is the sum of both rows' versions. One that is not for sale, or gone, has none.
    private static async ValueTask RemoveAsync(IEnumerable<int> ids, Invalidations to, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var gone = ids.ToHashSet();
        await using var command = new NpgsqlCommand(ChangedSql, connection);
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. gone] });
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // A product that has lost its price leaves the lists of its category.
            to.RemoveTag(CatalogCacheKeys.Listing(row.GetString(1)));
            if (row.IsDBNull(2))
                continue;
            var (id, version) = (row.GetInt32(0), row.GetInt64(2));
            gone.Remove(id);
            to.Remove(CatalogCacheKeys.Product(id), version);
            to.Remove(CatalogCacheKeys.Price(id), version);
        }

        foreach (var id in gone)
        {
            to.Remove(CatalogCacheKeys.Product(id));
            to.Remove(CatalogCacheKeys.Price(id));
        }

        to.RemoveTag(CatalogCacheKeys.Listing(ProductQuery.AllCategories));
    }

    private sealed record ProductRow(int Id, string Category);

    private sealed record PriceRow(int ProductId);

    private sealed record ProfileRow(string UserId, long Version);
}
