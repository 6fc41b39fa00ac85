using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>The feed's connections to the database, beside the one that replicates.</summary>
internal sealed class FeedDatabase : IAsyncDisposable
{
    /// <summary>Of our own queries, which take milliseconds.</summary>
    public const int TimeoutSeconds = 5;

    // Of one attempt to connect, unless the connection string says otherwise: after an outage of the network the next attempt comes soon.
    private const int ConnectSeconds = 2;

    // A connection that waits must not be forgotten on its way, and one whose other end has gone must end.
    private const int KeepAliveSeconds = 5;

    private const int ReadBufferSize = 64 * 1024;

    // The server sends transactions before they end when together they are larger: no more than this of COPY is left to decode after its commit.
    private const string StreamAbove = "4MB";

    private const string SlotSql = """
        select plugin::text, database::text, active, coalesce(active_pid, 0), wal_status,
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint, safe_wal_size, confirmed_flush_lsn
        from pg_replication_slots where slot_name = $1
        """;

    private const string RelationSql = """
        select n.nspname::text, c.relname::text, exists (select from pg_publication_tables where pubname = $2 and schemaname = n.nspname and tablename = c.relname)
        from (select $1::oid as id union select relid::oid from pg_partition_ancestors($1::oid)) as r join pg_class c on c.oid = r.id join pg_namespace n on n.oid = c.relnamespace
        """;

    public FeedDatabase(string connectionString, PostgresChangeFeedOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 4, MinPoolSize = 0, Multiplexing = false, ApplicationName = "HotShelf change feed", MaxAutoPrepare = 20, AutoPrepareMinUsages = 2 };
        (Host, User) = (settings.Host, settings.Username);
        Name = settings.Database ?? settings.Username ?? "postgres";
        var characters = Name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_').ToArray();
        Slot = options.Slot ?? $"hotshelf_{new string(characters)}"[..Math.Min(63, characters.Length + 9)];
        Publication = options.Publication ?? "hotshelf";
        if (!new DbConnectionStringBuilder { ConnectionString = connectionString }.ContainsKey(nameof(settings.Timeout)))
            settings.Timeout = ConnectSeconds;
        (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, KeepAliveSeconds, 1);
        // Mappings look rows up by arrays of keys. For those the server would plan each query anew, which takes longer than the query itself.
        settings.Options = $"{settings.Options} -c plan_cache_mode=force_generic_plan".Trim();
        Source = NpgsqlDataSource.Create(settings);
        // Values come as text: its form must not depend on the server's settings.
        settings.Options = string.Create(
            null, $"{settings.Options} -c wal_sender_timeout={options.ConsumerTimeout.TotalMilliseconds:0} -c logical_decoding_work_mem={StreamAbove} -c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1");
        (settings.Pooling, settings.MaxAutoPrepare, settings.ReadBufferSize) = (false, 0, ReadBufferSize);
        ReplicationConnectionString = settings.ConnectionString;
    }

    public string? Host { get; }

    public string? User { get; }

    public string Name { get; }

    public string Slot { get; }

    /// <summary>The server's system identifier, which its backups have too; 0 before it is known, and where the role may not ask for it.</summary>
    public long Server { get; set; }

    public string Publication { get; }

    public NpgsqlDataSource Source { get; }

    public string ReplicationConnectionString { get; }

    /// <summary>The prefix of the heartbeats of this slot in the WAL.</summary>
    public string HeartbeatPrefix => $"hotshelf.{Slot}";

    /// <summary>The slot as the server sees it; null when there is none.</summary>
    public async Task<SlotRow?> ReadSlotAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(SlotSql, Slot);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            return null;
        var figures = new SlotFigures(row.GetBoolean(2), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), row.GetInt64(6), row.IsDBNull(7) ? null : row.GetInt64(7));
        return new SlotRow(row.IsDBNull(0) ? null : row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetInt32(3), row.IsDBNull(8) ? default : row.GetFieldValue<NpgsqlLogSequenceNumber>(8), figures);
    }

    /// <summary>A transaction that changes nothing and comes through the slot: what comes before it has been received then, and the slot can advance while only other tables change.</summary>
    public async Task SendHeartbeatAsync(string text, CancellationToken cancellationToken)
    {
        await using var command = Command("select pg_logical_emit_message(true, $1, $2)", HeartbeatPrefix);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Lets the server write down which transactions run: from such a record it can decode later. By itself it does that every 15 seconds only, and after a crash reads all again that was written
    /// since. The record is the first thing that a new slot makes, so one that does not come about, because a transaction runs for long, has served its purpose too.
    /// </summary>
    public async Task LogRunningTransactionsAsync(CancellationToken cancellationToken)
    {
        // pg_log_standby_snapshot of PostgreSQL 16 needs a right that few have.
        await using var command = Command("select pg_drop_replication_slot(slot_name) from pg_create_logical_replication_slot($1, 'pgoutput', true)", $"hotshelf_{Guid.NewGuid():n}");
        command.CommandTimeout = 1;
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A relation by its OID, with the tables that it is a partition of now.</summary>
    public async Task<Relation> ReadRelationAsync(uint id, CancellationToken cancellationToken)
    {
        await using var command = Command(RelationSql, (long)id);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Publication });
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var (names, isPublished) = (new List<(string, string)>(), false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            names.Add((row.GetString(0), row.GetString(1)));
            isPublished |= row.GetBoolean(2);
        }

        return new(names, isPublished);
    }

    /// <summary>Ends a connection of ours that the server still holds for alive.</summary>
    public async Task TerminateAsync(int processId, CancellationToken cancellationToken)
    {
        await using var command = Command("select pg_terminate_backend($1)", processId);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private NpgsqlCommand Command<T>(string sql, T parameter)
    {
        var command = Source.CreateCommand(sql);
        command.CommandTimeout = TimeoutSeconds;
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = parameter });
        return command;
    }
}

/// <summary>A row of <c>pg_replication_slots</c>.</summary>
internal sealed record SlotRow(string? Plugin, string? Database, int ActiveProcess, NpgsqlLogSequenceNumber Confirmed, SlotFigures Figures)
{
    /// <summary>True when the server no longer has the WAL that the slot needs.</summary>
    public bool IsLost => Figures.WalStatus == "lost";

    /// <summary>The end of the server's WAL.</summary>
    public NpgsqlLogSequenceNumber End => Confirmed + (double)Figures.UnconfirmedBytes;
}

/// <param name="Names">Schema and name of the relation and of all above it.</param>
/// <param name="IsPublished">False when queries do not see it as published: it was made by a transaction that they do not see yet, or has left the publication since.</param>
internal sealed record Relation(IReadOnlyList<(string Schema, string Name)> Names, bool IsPublished);
