using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HotShelf.CacheWorker.Feed;

/// <summary>
/// Reads <c>cache_outbox</c> at least once: rows are deleted and handed out in one transaction that is committed after the cache was told. A
/// worker that dies in between takes its transaction with it, and the rows are there again for the others, which skip locked rows meanwhile.
/// </summary>
internal sealed class OutboxStore(NpgsqlDataSource dataSource, IOptions<FeedOptions> options)
{
    private const string TakeSql = """
        delete from cache_outbox where id = any (array(select id from cache_outbox order by id for update skip locked limit $1))
        returning id, family, key, tags, changed_at, attempts
        """;
    private const string TakeOneSql = """
        delete from cache_outbox where id = (select id from cache_outbox where id = $1 for update skip locked)
        returning id, family, key, tags, changed_at, attempts
        """;
    private const string RefusedSql = "update cache_outbox set attempts = attempts + 1 where id = $1";
    private const string SetAsideSql = """
        with refused as (delete from cache_outbox where id = $1 returning *)
        insert into cache_outbox_failed (id, family, key, tags, changed_at, attempts, error)
        select id, family, key, tags, changed_at, attempts + 1, $2 from refused
        """;
    private const string BacklogSql = """
        select (select count(*) from (select from cache_outbox limit 100000) as rows),
               coalesce((select extract(epoch from clock_timestamp() - changed_at) from cache_outbox order by id limit 1), 0)::float8,
               (select count(*) from cache_outbox_failed)
        """;

    private readonly string _idleLimit = ((long)options.Value.BatchTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Takes up to <paramref name="count"/> rows, lets <paramref name="process"/> act on them, and forgets them when it returns. When it throws, or
    /// this process dies, the rows are there again.
    /// </summary>
    /// <returns>The rows that were taken; empty when there are none, or others hold them.</returns>
    public Task<IReadOnlyList<OutboxRow>> TakeAsync(int count, Func<IReadOnlyList<OutboxRow>, Task> process, CancellationToken cancellationToken) =>
        TakeAsync(TakeSql, Parameter(count), process, cancellationToken);

    /// <summary>As <see cref="TakeAsync(int, Func{IReadOnlyList{OutboxRow}, Task}, CancellationToken)"/>, for one row.</summary>
    public Task<IReadOnlyList<OutboxRow>> TakeOneAsync(long id, Func<IReadOnlyList<OutboxRow>, Task> process, CancellationToken cancellationToken) =>
        TakeAsync(TakeOneSql, Parameter(id), process, cancellationToken);

    /// <summary>Counts one refusal of a row.</summary>
    public Task CountRefusalAsync(long id, CancellationToken cancellationToken) => ExecuteAsync(RefusedSql, cancellationToken, Parameter(id));

    /// <summary>Moves a row to <c>cache_outbox_failed</c>.</summary>
    public Task SetAsideAsync(long id, string error, CancellationToken cancellationToken) => ExecuteAsync(SetAsideSql, cancellationToken, Parameter(id), Parameter(error));

    /// <summary>Rows that wait (counted to 100,000), the age of the oldest in seconds, and rows set aside.</summary>
    public async Task<(long Pending, double OldestSeconds, long Failed)> ReadBacklogAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(BacklogSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.GetInt64(0), reader.GetDouble(1), reader.GetInt64(2));
    }

    private async Task<IReadOnlyList<OutboxRow>> TakeAsync(
        string sql, NpgsqlParameter parameter, Func<IReadOnlyList<OutboxRow>, Task> process, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection, transaction);
        // A worker that is frozen rather than dead keeps its connection: the server must not let it keep the rows.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('idle_in_transaction_session_timeout', $1, true)") { Parameters = { Parameter(_idleLimit) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { parameter } });
        await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<OutboxRow>();
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(new OutboxRow(
                    reader.GetInt64(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetFieldValue<string[]>(3),
                    reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5)));
            }
        }

        if (rows.Count > 0)
            await process(rows).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return rows;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };
}
