using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed class PostgresProductIndex(CatalogDatabase database) : IProductIndex
{
    private const string Sql = "select product_id from prices where product_id < $2 order by product_id desc limit $1";

    public async ValueTask<IReadOnlyList<int>> ListIdsAsync(int count, int beforeId = int.MaxValue, CancellationToken cancellationToken = default) =>
        await database.ReadAsync(QueryKinds.ProductIds, Sql, row => row.GetInt32(0), cancellationToken, Parameter(count), Parameter(beforeId)).ConfigureAwait(false);
}
