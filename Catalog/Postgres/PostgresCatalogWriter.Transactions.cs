using Npgsql;
using static HotShelf.Catalog.Postgres.CatalogDatabase;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class PostgresCatalogWriter
{
    private ValueTask<WriteResult<T>> ChangeAsync<T>(
        int id, long? expectedVersion, Func<Write, Product, ValueTask<WriteResult<T>>> change, CancellationToken cancellationToken)
        where T : class =>
        WriteAsync<T>(async write =>
        {
            if (await write.ExecuteAsync(LockSql, Parameter(id)).ConfigureAwait(false) is null
                || await write.FindAsync(id).ConfigureAwait(false) is not { } before)
            {
                return new WriteResult<T> { Status = WriteStatus.NotFound };
            }

            return expectedVersion is null || expectedVersion == before.Version
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
            var result = await work(new Write(database, connection, transaction, cancellationToken)).ConfigureAwait(false);
            if (result.Status == WriteStatus.Done)
                // A caller that has gone away no longer stops it: a commit whose answer is not awaited would be neither done nor undone.
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new WriteResult<T> { Status = WriteStatus.Duplicate };
        }
    }

    /// <summary>One write in progress: its connection, transaction and caller's patience.</summary>
    private readonly struct Write(CatalogDatabase database, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        public ValueTask<List<TRow>> QueryAsync<TRow>(string sql, Func<NpgsqlDataReader, TRow> read, params NpgsqlParameter[] parameters) =>
            database.QueryAsync(connection, transaction, QueryKinds.Write, sql, read, cancellationToken, parameters);

        /// <summary>Runs a statement that returns at most one id.</summary>
        public async ValueTask<int?> ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
        {
            var ids = await QueryAsync(sql, row => row.GetInt32(0), parameters).ConfigureAwait(false);
            return ids.Count > 0 ? ids[0] : null;
        }

        public async ValueTask<Product?> FindAsync(int id)
        {
            var products = await QueryAsync(ReadSql, ReadProduct, Parameter(id)).ConfigureAwait(false);
            return products.Count > 0 ? products[0] : null;
        }
    }
}
