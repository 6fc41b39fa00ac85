using System.Text;
using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class PostgresProductReader
{
    public ValueTask<ProductPage> ListAsync(ProductQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return database.ReadAsync((connection, token) => ListAsync(connection, query, token), cancellationToken);
    }

    private async ValueTask<ProductPage> ListAsync(NpgsqlConnection connection, ProductQuery query, CancellationToken cancellationToken)
    {
        var filters = new StringBuilder();
        List<object> values = [];
        if (query.Category is not null)
            filters.Append(" and p.category = ").Append(Next(query.Category));
        if (query.Text is not null)
            filters.Append(" and p.search @@ websearch_to_tsquery('english', ").Append(Next(query.Text)).Append(')');

        // Page and count travel together: one round trip, one snapshot's worth of trouble avoided for the reader of the page.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command($"select count(*)::int from products p join prices r on r.product_id = p.id where true{filters}"));

        var (column, direction, comparison) = Order(query.Sort);
        if (query.Cursor is { TypedValue: { } value } cursor)
            filters.Append(null, $" and ({column}, p.id) {comparison} ({Next(value)}, {Next(cursor.Id)})");
        else if (query.Cursor is not null)
            filters.Append(null, $" and p.id {comparison} {Next(query.Cursor.Id)}");
        var order = column == "p.id" ? $"p.id {direction}" : $"{column} {direction}, p.id {direction}";
        // One more than the page holds tells whether there is a next one.
        var limit = Next(query.PageSize + 1);
        var offset = Next(query.Page is { } page ? (page - 1) * query.PageSize : 0);
        batch.BatchCommands.Add(Command(
            $"select {ProductColumns} from products p join prices r on r.product_id = p.id where true{filters} order by {order} limit {limit} offset {offset}"));

        await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
        database.Count(QueryKinds.ProductList);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var total = reader.GetInt32(0);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var items = new List<Product>(query.PageSize + 1);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            items.Add(ReadProduct(reader));
        return Page(query, items, total);

        string Next(object parameter)
        {
            values.Add(parameter);
            return $"${values.Count}";
        }

        NpgsqlBatchCommand Command(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var parameter in values)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            return command;
        }
    }

    private static ProductPage Page(ProductQuery query, List<Product> items, int total)
    {
        var more = items.Count > query.PageSize;
        if (more)
            items.RemoveAt(query.PageSize);
        return new ProductPage
        {
            Items = [.. items],
            Page = query.Page,
            PageSize = query.PageSize,
            Total = total,
            Next = more ? ProductCursor.After(query.Sort, items[^1]).ToString() : null,
        };
    }

    // Names of columns and words of SQL only, never a caller's text.
    private static (string Column, string Direction, string Comparison) Order(ProductSort sort) => sort switch
    {
        ProductSort.Name => ("p.name", "asc", ">"),
        ProductSort.NameDescending => ("p.name", "desc", "<"),
        ProductSort.Price => ("r.amount", "asc", ">"),
        ProductSort.PriceDescending => ("r.amount", "desc", "<"),
        ProductSort.Updated => ("p.updated_at", "asc", ">"),
        ProductSort.UpdatedDescending => ("p.updated_at", "desc", "<"),
        _ => ("p.id", "asc", ">"),
    };
}
