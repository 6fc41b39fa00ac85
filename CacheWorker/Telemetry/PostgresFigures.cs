using Npgsql;

namespace HotShelf.CacheWorker.Telemetry;

/// <summary>Figures of <c>pg_stat_database</c> for the catalog's database (postgresql.org/docs, "The Cumulative Statistics System"); connections are those of the whole server, which its limit is for.</summary>
internal sealed record PostgresFigures(long Connections, long ConnectionLimit, long Size, long Commits, long Rollbacks, long Deadlocks, long BlocksHit, long BlocksRead)
{
    private const int TimeoutSeconds = 2;

    private const string Query = """
        select (select sum(numbackends) from pg_stat_database)::bigint, current_setting('max_connections')::bigint, pg_database_size(datid), xact_commit, xact_rollback, deadlocks, blks_hit, blks_read
        from pg_stat_database where datname = current_database()
        """;

    public static async Task<PostgresFigures> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var command = database.CreateCommand(Query);
        await using (command.ConfigureAwait(false))
        {
            command.CommandTimeout = TimeoutSeconds;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new PostgresFigures(
                    reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7));
            }
        }
    }
}
