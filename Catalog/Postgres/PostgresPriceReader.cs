using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed class PostgresPriceReader(CatalogDatabase database) : IPriceReader
{
    internal const string Columns = "r.product_id, r.amount, r.currency, r.as_of, p.version + r.version";
    private const string FindSql = $"select {Columns} from products p join prices r on r.product_id = p.id where p.id = $1";
    private const string FindManySql = $"select {Columns} from products p join prices r on r.product_id = p.id where p.id = any ($1)";

    public async ValueTask<CurrentPrice?> FindAsync(int productId, CancellationToken cancellationToken = default)
    {
        var rows = await database.ReadAsync(QueryKinds.Price, FindSql, Read, cancellationToken, Parameter(productId)).ConfigureAwait(false);
        return rows.Count > 0 ? rows[0] : null;
    }

    public async ValueTask<IReadOnlyDictionary<int, CurrentPrice>> FindManyAsync(IReadOnlyList<int> productIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(productIds);
        if (productIds.Count == 0)
            return new Dictionary<int, CurrentPrice>();
        var rows = await database.ReadAsync(QueryKinds.Prices, FindManySql, Read, cancellationToken, Parameter<int[]>([.. productIds])).ConfigureAwait(false);
        return rows.ToDictionary(price => price.ProductId);
    }

    internal static CurrentPrice Read(NpgsqlDataReader row) => new()
    {
        ProductId = row.GetInt32(0),
        Amount = row.GetDecimal(1),
        Currency = row.GetString(2),
        AsOf = row.GetFieldValue<DateTimeOffset>(3),
        Version = row.GetInt64(4),
    };
}
