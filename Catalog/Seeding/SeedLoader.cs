using Npgsql;

namespace HotShelf.Catalog.Seeding;

/// <summary>Writes the seed data with binary COPY, inside the transaction that is open on the connection.</summary>
internal static class SeedLoader
{
    private const string Currency = "EUR";

    public static async Task<(int Products, int Profiles)> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var products = SeedData.Products().ToList();
        await CopyAsync(connection, "products (id, sku, name, description, category, tags, updated_at)", products.Select(product =>
            new object[] { product.Id, product.Sku, product.Name, product.Description, product.Category, product.Tags, product.UpdatedAt }), cancellationToken).ConfigureAwait(false);

        await CopyAsync(connection, "prices (product_id, amount, currency, as_of)", products.Select(product =>
            new object[] { product.Id, product.Prices[^1].Cents / 100m, Currency, product.Prices[^1].AsOf }), cancellationToken).ConfigureAwait(false);

        // The current prices are in the history already, by their table's trigger.
        await CopyAsync(connection, "price_history (product_id, amount, currency, as_of)", products.SelectMany(product => product.Prices.SkipLast(1), (product, price) =>
            new object[] { product.Id, price.Cents / 100m, Currency, price.AsOf }), cancellationToken).ConfigureAwait(false);

        await CopyAsync(connection, "user_profiles (user_id, display_name, email, locale, favourite_categories, updated_at)", SeedData.Profiles().Select(profile =>
            new object[] { profile.UserId, profile.DisplayName, profile.Email, profile.Locale, profile.FavouriteCategories, profile.UpdatedAt }), cancellationToken).ConfigureAwait(false);

        await using var finish = new NpgsqlCommand("select setval(pg_get_serial_sequence('products', 'id'), (select max(id) from products))", connection);
        await finish.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return (products.Count, SeedData.ProfileCount);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string target, IEnumerable<object[]> rows, CancellationToken cancellationToken)
    {
        await using var importer = await connection.BeginBinaryImportAsync($"copy {target} from stdin (format binary)", cancellationToken).ConfigureAwait(false);
        foreach (var row in rows)
            await importer.WriteRowAsync(cancellationToken, row).ConfigureAwait(false);
        await importer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
