using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using Npgsql.Replication;
using NpgsqlTypes;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>
/// Makes or verifies publication, replica identities and slot. A slot is created only after everything mapped was removed from the cache: it is copied from a temporary slot,
/// which ends with its connection. So an existing slot always means that no change since is unknown, also when a process ends half-way. For the same reason the slot
/// is dropped before a publication is completed: it would miss the changes of the added tables from before.
/// </summary>
internal sealed class FeedSetup(
    FeedDatabase database, FeedCatalog catalog, PostgresChangeFeedOptions options, FeedReset reset, FeedState state, ILogger logger)
{
    private const string HolderSql = """
        select a.pid || ' (' || concat_ws(', ', nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'), 'user ' || a.usename) || ')'
        from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database() join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace join pg_stat_activity a on a.pid = l.pid
        where l.granted and l.pid <> pg_backend_pid() and position(' ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' ' in replace($1, ',', ' ') || ' ') > 0
        order by a.xact_start limit 1
        """;

    private static readonly TimeSpan s_lockWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(100);

    // The tables, and the rows of the catalog that publish them: others in their place were made after changes that were not published.
    private HashSet<string> _members = [];

    // A table or its publication is another one than before, or the publication had only a part.
    private bool _isChanged;

    // With VerifyOnly publication and slot are created elsewhere: what changed before cannot be known here.
    private string? _removeAllFor;

    // Where the slot stands whose WAL cannot be read, and why.
    private NpgsqlLogSequenceNumber? _unusableAt;
    private string? _unusableFor;

    /// <summary>
    /// The slot cannot be read and is replaced: the publication was created, or created again, after the WAL that it has to send, as by a restore of the database beside a running feed, or
    /// the server cannot decode a row.
    /// </summary>
    public void MustReplace(SlotRow slot, string reason) => (_unusableAt, _unusableFor) = (slot.Confirmed, reason);

    /// <summary>Returns when everything is in place.</summary>
    /// <returns>The tables by schema and name, and the slot.</returns>
    /// <exception cref="ChangeFeedSetupException">Something has to be set that this process cannot, or must not, set.</exception>
    public async Task<(Dictionary<(string, string), TableMapping> Tables, SlotRow Slot)> PrepareAsync(CancellationToken cancellationToken)
    {
        if (database.Host?.Contains(',', StringComparison.Ordinal) == true)
            throw new ChangeFeedSetupException($"The connection string has several hosts ({database.Host}), among which replication cannot choose: give the change feed a connection string with the host of the primary.");
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await catalog.CheckServerAsync(connection, cancellationToken).ConfigureAwait(false);
        var found = await catalog.FindTablesAsync(connection, cancellationToken).ConfigureAwait(false);
        var members = await catalog.ReadMembersAsync(connection, cancellationToken).ConfigureAwait(false);
        _isChanged |= !_members.IsSubsetOf(members);
        _members = members;
        var identities = await catalog.MissingIdentitiesAsync(connection, cancellationToken).ConfigureAwait(false);
        var publication = await catalog.MissingPublicationAsync(connection, found, cancellationToken).ConfigureAwait(false);
        if (await catalog.FindPartialAsync(connection, cancellationToken).ConfigureAwait(false) is { } partial)
        {
            _isChanged = true;
            throw new ChangeFeedSetupException(partial);
        }

        var slot = await database.ReadSlotAsync(cancellationToken).ConfigureAwait(false);
        Check(slot);
        // Where there is a slot, the session says what is missing, and the changes of that table remove its families: the other tables go on.
        if (slot is null)
            await catalog.CheckColumnsAsync(connection, cancellationToken).ConfigureAwait(false);
        if (options.VerifyOnly)
            slot = await VerifyAsync(connection, identities, publication, slot, cancellationToken).ConfigureAwait(false);
        else
            slot = await MakeAsync(connection, identities, publication, slot, cancellationToken).ConfigureAwait(false);
        _isChanged = false;
        return (found.ToDictionary(table => (table.Schema, table.Name), table => table.Mapping), slot);
    }

    /// <summary>
    /// Whether tables and publication are still as <see cref="PrepareAsync"/> left them: otherwise changes are missed, and it has to repair that. Identities, such as those of new partitions, are set beside
    /// the session: until then nothing is missed, because the reader sees which old values are not sent.
    /// </summary>
    /// <exception cref="ChangeFeedSetupException">An identity has to be set that this process cannot, or must not, set.</exception>
    public async Task<bool> IsInPlaceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (!_members.IsSubsetOf(await catalog.ReadMembersAsync(connection, cancellationToken).ConfigureAwait(false)))
            return false;
        if ((await catalog.MissingPublicationAsync(connection, [], cancellationToken).ConfigureAwait(false)).Count > 0 || await catalog.FindPartialAsync(connection, cancellationToken).ConfigureAwait(false) is not null)
            return false;
        await WatchColumnsAsync(connection, cancellationToken).ConfigureAwait(false);
        var identities = await catalog.MissingIdentitiesAsync(connection, cancellationToken).ConfigureAwait(false);
        if (identities.Count > 0 && options.VerifyOnly)
            throw NotPrepared(identities);
        await AlterAsync(connection, identities, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task WatchColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var before = state.ColumnProblem;
        try
        {
            await catalog.CheckColumnsAsync(connection, cancellationToken).ConfigureAwait(false);
            state.ColumnProblem = null;
        }
        catch (ChangeFeedSetupException failure)
        {
            state.ColumnProblem = failure.Message;
            if (before != failure.Message)
                Log.ColumnMissing(logger, failure.Message);
        }
    }

    private void Check(SlotRow? slot)
    {
        if (slot is null)
            return;
        if (slot.Plugin != "pgoutput")
            throw new ChangeFeedSetupException($"Slot {database.Slot} uses {slot.Plugin ?? "physical replication"} instead of pgoutput: set {PostgresChangeFeedOptions.SectionName}:Slot to another name.");
        if (slot.Database != database.Name)
            throw new ChangeFeedSetupException($"Slot {database.Slot} belongs to database {slot.Database}, not to {database.Name}: set {PostgresChangeFeedOptions.SectionName}:Slot to another name.");
    }

    /// <summary>Why changes may have been missed; null when none were. Those from before an identity was set are not: the reader sees that their old values are not sent.</summary>
    private string? ReasonToRemoveAll(SlotRow? slot, List<string> publication) =>
        slot is null ? "missing" : slot.IsLost ? "lost" : slot.Confirmed == _unusableAt ? _unusableFor : publication.Count > 0 || _isChanged ? "publication" : null;

    private async Task<SlotRow> VerifyAsync(
        NpgsqlConnection connection, List<string> identities, List<string> publication, SlotRow? slot, CancellationToken cancellationToken)
    {
        // What is wrong now may be set right before it is looked at again.
        _removeAllFor ??= ReasonToRemoveAll(slot, publication);
        var isUsable = slot is not null && !slot.IsLost && slot.Confirmed != _unusableAt;
        // A feed whose slot is good misses nothing without an identity, so it is asked for beside the session.
        List<string> missing = isUsable && publication.Count == 0 ? [] : [.. identities, .. publication];
        if (slot is not null && !isUsable)
            missing.Add($"SELECT pg_drop_replication_slot('{database.Slot}')");
        if (!isUsable)
            missing.Add($"SELECT pg_create_logical_replication_slot('{database.Slot}', 'pgoutput')");
        if (missing.Count > 0)
            throw NotPrepared(missing);
        // A worker that consumes the slot may not map what this one maps: what it drops goes when this one takes over.
        if (_removeAllFor is not { } reason || slot!.Figures.IsActive)
            return slot!;
        // What transactions that run had changed before the publication was completed is not sent. The feed does not wait for them: the families are removed now, and once more at their end.
        var running = reason == "publication" ? await FeedReset.FindRunningAsync(connection, cancellationToken).ConfigureAwait(false) : null;
        await reset.RemoveAllAsync(reason, cancellationToken, running).ConfigureAwait(false);
        _removeAllFor = null;
        return slot;
    }

    private ChangeFeedSetupException NotPrepared(List<string> missing) =>
        new($"The database {database.Name} is not prepared, and {PostgresChangeFeedOptions.SectionName}:VerifyOnly is set. Run there:{Environment.NewLine}{string.Join($";{Environment.NewLine}", missing)};");

    private async Task<SlotRow> MakeAsync(
        NpgsqlConnection connection, List<string> identities, List<string> publication, SlotRow? slot, CancellationToken cancellationToken)
    {
        var reason = ReasonToRemoveAll(slot, publication);
        // Nothing is missed without an identity, so it is set beside the session.
        if (reason is null)
            return slot!;
        await CheckReplicationAsync(cancellationToken).ConfigureAwait(false);
        await CheckFreeSlotsAsync(connection, slot is null ? 2 : 1, cancellationToken).ConfigureAwait(false);
        if (slot is not null)
            await ExecuteAsync(connection, $"SELECT pg_drop_replication_slot('{database.Slot}')", cancellationToken).ConfigureAwait(false);
        await AlterAsync(connection, [.. identities, .. publication], cancellationToken).ConfigureAwait(false);
        _members = await catalog.ReadMembersAsync(connection, cancellationToken).ConfigureAwait(false);
        await CreateSlotAsync(connection, reason, cancellationToken).ConfigureAwait(false);
        return await database.ReadSlotAsync(cancellationToken).ConfigureAwait(false) ?? throw new NpgsqlException($"Slot {database.Slot} was dropped right after its creation");
    }

    private async Task AlterAsync(NpgsqlConnection connection, List<string> statements, CancellationToken cancellationToken)
    {
        foreach (var sql in statements)
        {
            // All queries of a table queue behind ALTER TABLE while it waits. Those of a publication keep nobody waiting.
            var timeout = sql.StartsWith("ALTER TABLE", StringComparison.Ordinal) ? "300ms" : "3s";
            await ExecuteAsync(connection, $"SET lock_timeout = '{timeout}'", cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, sql, cancellationToken).ConfigureAwait(false);
            // Creating a slot waits for the locks of transactions.
            await ExecuteAsync(connection, "RESET lock_timeout", cancellationToken).ConfigureAwait(false);
            Log.Executed(logger, sql);
        }
    }

    /// <summary>Whether this process may consume a slot at all: one that nothing can consume would only keep WAL.</summary>
    private async Task CheckReplicationAsync(CancellationToken cancellationToken)
    {
        await using var replication = new LogicalReplicationConnection(database.ReplicationConnectionString);
        await replication.Open(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A slot is copied from a temporary one. Without a place for both, the families would be removed at every attempt.</summary>
    private static async Task CheckFreeSlotsAsync(NpgsqlConnection connection, int needed, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select current_setting('max_replication_slots')::bigint - (select count(*) from pg_replication_slots)", connection);
        if ((long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! is var free && free < needed)
            throw new ChangeFeedSetupException($"PostgreSQL has {free} free replication slots, and the change feed needs {needed} while it creates its own: raise max_replication_slots and restart it, or drop unused slots.");
    }

    private async Task CreateSlotAsync(NpgsqlConnection connection, string reason, CancellationToken cancellationToken)
    {
        (state.Phase, state.Problem) = (FeedPhase.Starting, null);
        Log.CreatingSlot(logger, database.Slot);
        var temporary = $"hotshelf_{Guid.NewGuid():n}";
        await ExecuteAsync(connection, $"SELECT pg_create_logical_replication_slot('{temporary}', 'pgoutput', true)", cancellationToken).ConfigureAwait(false);
        try
        {
            await LockAsync(connection, cancellationToken).ConfigureAwait(false);
            // Another worker may have been faster. Then it has removed everything, and what it has written to Redis since is not to be taken over.
            if (await database.ReadSlotAsync(cancellationToken).ConfigureAwait(false) is not null)
                return;
            // Tried first: a copy that is refused must not cost the cache its entries at each attempt.
            await ExecuteAsync(connection, $"SELECT pg_drop_replication_slot(slot_name) FROM pg_copy_logical_replication_slot('{temporary}', '{temporary}_copy', true)", cancellationToken).ConfigureAwait(false);
            await reset.RemoveAllAsync(reason, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, $"SELECT pg_copy_logical_replication_slot('{temporary}', '{database.Slot}', false)", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateObject)
        {
            // Another worker was faster.
        }
        finally
        {
            // After a failure the server has dropped it already: what failed is to be reported, not that it has gone.
            if (connection.State == ConnectionState.Open)
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock_all(); SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{temporary}'", CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Workers remove the families and make the slot one after the other. They wait for each other shortly, because one that is frozen may hold the lock: together they only do it twice.
    /// It is asked for again and again, because an error, such as that of a wait that is too long, costs the session its temporary slot.
    /// </summary>
    private async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = database.Slot } } };
        for (var waited = TimeSpan.Zero; waited < s_lockWait; waited += s_lockRetry)
        {
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true)
                return;
            await Task.Delay(s_lockRetry, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        try
        {
            // Creating a slot waits for the transactions that run.
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await using var command = new NpgsqlCommand(HolderSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = sql } } };
            var holder = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string process ? $"process {process}" : "another session";
            throw new ChangeFeedSetupException($"\"{sql}\" waits for a lock that {holder} holds: wait until its transaction ends, or end it with pg_terminate_backend. It is tried again every 10 s.", exception);
        }
        catch (PostgresException exception) when (SetupFailure.Describe(exception, catalog.User, sql) is { } problem)
        {
            throw new ChangeFeedSetupException(problem, exception);
        }
    }
}
