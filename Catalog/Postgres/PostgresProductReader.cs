using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class PostgresProductReader(CatalogDatabase database) : IProductReader
{
    private const string FindSql = $"select {ProductColumns} from products p join prices r on r.product_id = p.id where p.id = $1";
    private const string FindManySql = $"select {ProductColumns} from products p join prices r on r.product_id = p.id where p.id = any ($1)";

    public async ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken = default)
    {
        var rows = await database.ReadAsync(QueryKinds.Product, FindSql, ReadProduct, cancellationToken, Parameter(id)).ConfigureAwait(false);
        return rows.Count > 0 ? rows[0] : null;
    }

    public async ValueTask<IReadOnlyDictionary<int, Product>> FindManyAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0)
            return new Dictionary<int, Product>();
        var rows = await database.ReadAsync(QueryKinds.Products, FindManySql, ReadProduct, cancellationToken, Parameter<int[]>([.. ids])).ConfigureAwait(false);
        return rows.ToDictionary(product => product.Id);
    }
}
