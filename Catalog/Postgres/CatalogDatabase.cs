using System.Collections.Immutable;
using Npgsql;

namespace HotShelf.Catalog.Postgres;

/// <summary>Opens connections and runs prepared commands, and counts them.</summary>
internal sealed class CatalogDatabase(NpgsqlDataSource dataSource, CatalogMetrics metrics, ReadRetry retry)
{
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => dataSource.OpenConnectionAsync(cancellationToken);

    public void Count(string kind) => metrics.CountQuery(kind);

    /// <summary>Reads by one query on a connection of its own, again when the connection is lost.</summary>
    public ValueTask<List<T>> ReadAsync<T>(
        string kind, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        ReadAsync((connection, token) => QueryAsync(connection, null, kind, sql, read, token, parameters), cancellationToken);

    /// <summary>Reads on a connection of its own, again when the connection is lost.</summary>
    public ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        retry.RunAsync(
            async token =>
            {
                await using var connection = await OpenAsync(token).ConfigureAwait(false);
                return await read(connection, token).ConfigureAwait(false);
            }, cancellationToken);

    /// <summary>Runs one query, inside <paramref name="transaction"/> when there is one, and reads all of its rows.</summary>
    public ValueTask<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string kind, string sql, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        QueryAsync(connection, transaction, kind, [Statement(sql, parameters)], read, cancellationToken);

    /// <summary>
    /// Runs statements in one round trip and reads all rows of one of them: the first that returns any columns, or the one after
    /// <paramref name="skipped"/> such.
    /// </summary>
    public async ValueTask<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, string kind, NpgsqlBatchCommand[] statements, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken, int skipped = 0)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement);
        try
        {
            // Costs a round trip the first time on each physical connection; from then on the pool has the statements ready.
            await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
            Count(kind);
            var rows = new List<T>();
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < skipped; i++)
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(read(reader));
            return rows;
        }
        finally
        {
            // A parameter belongs to one statement at a time, and a repeated read has another.
            foreach (var statement in statements)
                statement.Parameters.Clear();
        }
    }

    public static NpgsqlBatchCommand Statement(string sql, params NpgsqlParameter[] parameters)
    {
        var statement = new NpgsqlBatchCommand(sql);
        statement.Parameters.AddRange(parameters);
        return statement;
    }

    public static NpgsqlParameter Parameter<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>The columns that <see cref="ReadProduct"/> reads, of <c>products p</c> and <c>prices r</c>.</summary>
    public const string ProductColumns = "p.id, p.sku, p.name, p.description, p.category, r.amount, r.currency, p.tags, p.updated_at, p.version + r.version";

    public static Product ReadProduct(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt32(0),
        Sku = row.GetString(1),
        Name = row.GetString(2),
        Description = row.GetString(3),
        Category = row.GetString(4),
        Price = row.GetDecimal(5),
        Currency = row.GetString(6),
        Tags = ReadWords(row, 7),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(8),
        Version = row.GetInt64(9),
    };

    public static ImmutableArray<string> ReadWords(NpgsqlDataReader row, int column) =>
        System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(row.GetFieldValue<string[]>(column));
}
