using HotShelf.Caching.Postgres;
using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class PostgresCatalogWriter
{
    // As PostgreSQL named them: 001_catalog.sql.
    private const string SkuConstraint = "products_sku_key";
    private const string NumberConstraint = "products_pkey";

    private ValueTask<WriteResult<T>> ChangeAsync<T>(
        int id, WriteCondition condition, Func<Write, Product, ValueTask<WriteResult<T>>> change, CancellationToken cancellationToken)
        where T : class =>
        WriteAsync<T>(async write =>
        {
            // Two statements of one round trip: the second sees what the writer before committed while the first waited for it. It locks the price against
            // those who change it alone, by SQL.
            if (await write.FindProductAsync([Statement(LockSql, Parameter(id)), Statement(LockPriceSql, Parameter(id))], skipped: 1).ConfigureAwait(false) is not { } before)
                return new WriteResult<T> { Status = WriteStatus.NotFound };

            return condition.Allows(before.Version)
                ? await change(write, before).ConfigureAwait(false)
                : new WriteResult<T> { Status = WriteStatus.Conflict, CurrentVersion = before.Version };
        }, cancellationToken);

    private async ValueTask<WriteResult<T>> WriteAsync<T>(Func<Write, ValueTask<WriteResult<T>>> work, CancellationToken cancellationToken)
        where T : class
    {
        await using var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var mark = ChangeMark.Create();
            var result = await work(new Write(database, connection, transaction, mark, cancellationToken)).ConfigureAwait(false);
            if (result.Status != WriteStatus.Done)
                return result;
            // A caller that has gone away no longer stops it: a commit whose answer is not awaited would be neither done nor undone.
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result with { Change = mark };
        }
        catch (PostgresException failure) when (failure is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: SkuConstraint })
        {
            return new WriteResult<T> { Status = WriteStatus.Duplicate };
        }
    }

    /// <summary>One write in progress: its connection, transaction and caller's patience.</summary>
    private readonly struct Write(CatalogDatabase database, NpgsqlConnection connection, NpgsqlTransaction transaction, string mark, CancellationToken cancellationToken)
    {
        /// <summary>Names the transaction for the change feed. It returns a column: the last statement of a round trip.</summary>
        public NpgsqlBatchCommand Mark => Statement(ChangeMark.Sql, Parameter(mark));

        /// <summary>Runs statements in one round trip, and reads the first row of the one after <paramref name="skipped"/> that return columns.</summary>
        public async ValueTask<TRow?> FindAsync<TRow>(NpgsqlBatchCommand[] statements, Func<NpgsqlDataReader, TRow> read, int skipped = 0)
        {
            var rows = await database.QueryAsync(connection, transaction, QueryKinds.Write, statements, read, cancellationToken, skipped).ConfigureAwait(false);
            return rows.Count > 0 ? rows[0] : default;
        }

        public ValueTask<Product?> FindProductAsync(NpgsqlBatchCommand[] statements, int skipped = 0) => FindAsync<Product?>(statements, ReadProduct, skipped);
    }
}
