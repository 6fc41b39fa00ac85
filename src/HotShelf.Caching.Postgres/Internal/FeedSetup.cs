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
    FeedDatabase database, IReadOnlyList<TableMapping> tables, PostgresChangeFeedOptions options, Func<CancellationToken, Task> removeAll, FeedState state, FeedMetrics metrics, ILogger logger)
{
    private const string SettingsSql = """
        select current_setting('server_version_num')::int, current_setting('wal_level'), pg_is_in_recovery(), quote_ident(current_user), coalesce(current_setting('max_slot_wal_keep_size', true), '-1'), quote_ident($1),
            (select system_identifier from pg_control_system())
        """;

    // Generated columns are not published before PostgreSQL 18.
    private const string TablesSql = """
        select t.name, c.oid is not null, quote_ident(n.nspname) || '.' || quote_ident(c.relname), n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text,
            array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum),
            c.oid, array(select relid::oid from pg_partition_ancestors(c.oid) where relid <> c.oid), c.relkind = 'r' and exists (select from pg_inherits where inhparent = c.oid),
            case when c.oid is null then (
                select quote_ident(sn.nspname) || '.' || quote_ident(s.relname) from pg_class s join pg_namespace sn on sn.oid = s.relnamespace
                where s.relkind in ('r', 'p') and lower(s.relname) = lower(regexp_replace(t.name, '^.*\.|"', '', 'g')) order by sn.nspname <> all (current_schemas(false)), sn.nspname, s.relname limit 1) end
        from unnest($1) with ordinality as t(name, number) left join pg_class c on c.oid = to_regclass(t.name) left join pg_namespace n on n.oid = c.relnamespace
        order by t.number
        """;

    // PostgreSQL does not use a deferrable key.
    private const string IdentitiesSql = """
        select t.name, quote_ident(n.nspname) || '.' || quote_ident(l.relname), l.relreplident::text, array(
            select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
            where i.indrelid = l.oid and case l.relreplident when 'd' then i.indisprimary and i.indimmediate when 'i' then i.indisreplident else false end)
        from unnest($1) as t(name)
        cross join lateral (select to_regclass(t.name)::oid as id union select relid::oid from pg_partition_tree(to_regclass(t.name)) where isleaf) as p
        join pg_class l on l.oid = p.id and l.relkind = 'r' join pg_namespace n on n.oid = l.relnamespace
        """;

    private const string PublicationSql = "select puballtables, pubinsert and pubupdate and pubdelete and pubtruncate, pubviaroot from pg_publication where pubname = $1";

    // A table is published by itself, with one above it, or with its schema: pg_publication_tables has only the partitions of a partitioned one.
    private const string UnpublishedSql = """
        select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
        from unnest($1) with ordinality as t(name, number) join pg_class c on c.oid = to_regclass(t.name) join pg_namespace n on n.oid = c.relnamespace
        where not exists (
            select from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
            where p.pubname = $2 and (r.prrelid = c.oid or r.prrelid in (select relid from pg_partition_ancestors(c.oid))))
        and not coalesce((
            select bool_and((ln.nspname, l.relname) in (select schemaname, tablename from pg_publication_tables where pubname = $2))
            from (select c.oid as id union select relid::oid from pg_partition_tree(c.oid)) as p join pg_class l on l.oid = p.id and l.relkind = 'r' join pg_namespace ln on ln.oid = l.relnamespace), false)
        order by t.number
        """;

    // PostgreSQL 14 has neither of both columns.
    private const string PartialSql = """
        select quote_ident(n.nspname) || '.' || quote_ident(c.relname), to_jsonb(r) ->> 'prqual' is not null
        from unnest($1) as t(name) cross join lateral (
            select to_regclass(t.name)::oid as id union select relid::oid from pg_partition_ancestors(to_regclass(t.name)) union select relid::oid from pg_partition_tree(to_regclass(t.name))) as p
        join pg_publication_rel r on r.prrelid = p.id join pg_publication pub on pub.oid = r.prpubid join pg_class c on c.oid = p.id join pg_namespace n on n.oid = c.relnamespace
        where pub.pubname = $2 and (to_jsonb(r) ->> 'prqual' is not null or to_jsonb(r) ->> 'prattrs' is not null)
        order by c.oid limit 1
        """;

    // The tables, the publication, and how they came into it: by themselves, with one above, or with their schema. A table with another OID under the same name has other rows.
    private const string MembersSql = """
        with publication as (select oid, xmin from pg_publication where pubname = $2)
        select t.name || ' ' || to_regclass(t.name)::oid from unnest($1) as t(name) where to_regclass(t.name) is not null
        union all select oid || ' ' || xmin from publication
        union all select r.oid || ' ' || r.xmin from publication p join pg_publication_rel r on r.prpubid = p.oid
            where r.prrelid in (select to_regclass(t.name) from unnest($1) as t(name) union select relid from unnest($1) as t(name) cross join lateral pg_partition_ancestors(to_regclass(t.name)))
        union all select d.objid || ' ' || d.xmin from publication p join pg_depend d on d.refclassid = 'pg_publication'::regclass and d.refobjid = p.oid and d.classid <> 'pg_publication_rel'::regclass
        """;

    private const string HolderSql = """
        select a.pid || ' (' || concat_ws(', ', nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'), 'user ' || a.usename) || ')'
        from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database() join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace join pg_stat_activity a on a.pid = l.pid
        where l.granted and l.pid <> pg_backend_pid() and position(' ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' ' in replace($1, ',', ' ') || ' ') > 0
        order by a.xact_start limit 1
        """;

    // Quoted where SQL needs it.
    private string _publication = "";
    private bool _warnedOfWal;

    // The tables, and the rows of the catalog that publish them: others in their place were made after changes that were not published.
    private HashSet<string> _members = [];

    // A table or its publication is another one than before, or the publication had only a part.
    private bool _isChanged;

    // With VerifyOnly publication and slot are created elsewhere: what changed before cannot be known here.
    private string? _removeAllFor;

    // Those with a lower id ran when a publication that was completed elsewhere was found whole. What they had changed before is not sent.
    private ulong? _laterThanRunning;

    // Where the slot stands whose WAL cannot be read, and why.
    private NpgsqlLogSequenceNumber? _unusableAt;
    private string? _unusableFor;

    /// <summary>The role, quoted where SQL needs it; null before it is known.</summary>
    public string? User { get; private set; }

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
        await CheckServerAsync(connection, cancellationToken).ConfigureAwait(false);
        var found = await FindTablesAsync(connection, cancellationToken).ConfigureAwait(false);
        var members = await ReadMembersAsync(connection, cancellationToken).ConfigureAwait(false);
        _isChanged |= !_members.IsSubsetOf(members);
        _members = members;
        var identities = await MissingIdentitiesAsync(connection, cancellationToken).ConfigureAwait(false);
        var publication = await MissingPublicationAsync(connection, found, cancellationToken).ConfigureAwait(false);
        if (await FindPartialAsync(connection, cancellationToken).ConfigureAwait(false) is { } partial)
        {
            _isChanged = true;
            throw new ChangeFeedSetupException(partial);
        }

        var slot = await database.ReadSlotAsync(cancellationToken).ConfigureAwait(false);
        Check(slot);
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
        if (!_members.IsSubsetOf(await ReadMembersAsync(connection, cancellationToken).ConfigureAwait(false)))
            return false;
        if ((await MissingPublicationAsync(connection, [], cancellationToken).ConfigureAwait(false)).Count > 0 || await FindPartialAsync(connection, cancellationToken).ConfigureAwait(false) is not null)
            return false;
        if (_laterThanRunning is not null && await HaveRunningEndedAsync(connection, cancellationToken).ConfigureAwait(false))
            return false;
        var identities = await MissingIdentitiesAsync(connection, cancellationToken).ConfigureAwait(false);
        if (identities.Count > 0 && options.VerifyOnly)
            throw NotPrepared(identities);
        await AlterAsync(connection, identities, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SettingsSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = database.Publication } } };
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (row.GetInt32(0) < 140_000)
            throw new ChangeFeedSetupException($"The server is PostgreSQL {connection.PostgreSqlVersion}; the change feed needs 14 or later.");
        if (row.GetBoolean(2))
            throw new ChangeFeedSetupException("The server is a standby: connect the change feed to the primary.");
        if (row.GetString(1) != "logical")
        {
            throw new ChangeFeedSetupException(
                $"wal_level is '{row.GetString(1)}'; the change feed needs 'logical': run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL " +
                "(Amazon RDS: set rds.logical_replication = 1; Cloud SQL: cloudsql.logical_decoding = on; Azure: wal_level = logical; then restart).");
        }

        if (row.GetString(4) == "-1" && !_warnedOfWal)
        {
            _warnedOfWal = true;
            Log.WalUnlimited(logger, database.Slot);
        }

        (User, _publication, database.Server) = (row.GetString(3), row.GetString(5), row.GetInt64(6));
    }

    private async Task<List<FoundTable>> FindTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, TablesSql);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<FoundTable>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var mapping = tables.First(table => table.Table == row.GetString(0));
            if (!row.GetBoolean(1) && !row.IsDBNull(11))
            {
                var like = row.GetString(11);
                throw new ChangeFeedSetupException(
                    $"Table {mapping.Table} does not exist in database {database.Name}, but {like} does: write Table(\"{like.Replace("\"", "\\\"", StringComparison.Ordinal)}\"). " +
                    "SQL reads names without quotes in lower case, and looks for those without a schema in search_path.");
            }

            if (!row.GetBoolean(1))
                throw new ChangeFeedSetupException($"Table {mapping.Table} does not exist in database {database.Name}: create it, or name it with its schema.");
            if (row.GetString(5) is not ("r" or "p") || row.GetString(6) != "p")
                throw new ChangeFeedSetupException($"{mapping.Table} is a view, or a temporary, unlogged or foreign table, whose changes are not in the WAL: map the tables that it depends on.");
            if (row.GetBoolean(10))
            {
                throw new ChangeFeedSetupException(
                    $"Table {mapping.Table} has children by INHERITS (so have TimescaleDB's hypertables), whose changes the WAL has under their own names: map a table that is partitioned by PARTITION BY, or one without children.");
            }

            var columns = new Columns(row.GetFieldValue<string[]>(7));
            mapping.CreateReader(columns);
            foreach (var column in mapping.OldColumns.Where(column => columns.TryFind(column) is null))
                throw new ChangeFeedSetupException($"NeedsOld names column '{column}', which table {mapping.Table} does not have: it has {string.Join(", ", columns.Names)}.");
            var (id, above) = (row.GetFieldValue<uint>(8), row.GetFieldValue<uint[]>(9));
            mapping.IsPartitioned = row.GetString(5) == "p" || above.Length > 0;
            if (found.Find(other => other.Id == id) is { } same)
                throw new ChangeFeedSetupException($"{same.Mapping.Table} and {mapping.Table} are the same table: map it once, and do all there.");
            found.Add(new(mapping, row.GetString(2), row.GetString(3), row.GetString(4), id, above));
        }

        foreach (var table in found)
        {
            if (found.Find(other => table.Above.Contains(other.Id)) is { } above)
                throw new ChangeFeedSetupException($"{table.Mapping.Table} is a partition of {above.Mapping.Table}, which is mapped too: map only {above.Mapping.Table}, and do all there.");
        }

        return found;
    }

    private async Task<List<string>> MissingIdentitiesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, IdentitiesSql);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var missing = new List<string>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var columns = new Columns(row.GetFieldValue<string[]>(3));
            // A published table without an identity would refuse its writers' updates.
            if (row.GetString(2) != "f" && (columns.Names.Count == 0 || tables.First(table => table.Table == row.GetString(0)).OldColumns.Any(column => columns.TryFind(column) is null)))
                missing.Add($"ALTER TABLE {row.GetString(1)} REPLICA IDENTITY FULL");
        }

        return missing;
    }

    private async Task<List<string>> MissingPublicationAsync(NpgsqlConnection connection, List<FoundTable> found, CancellationToken cancellationToken)
    {
        bool isForAll, publishesAll, isThroughRoot;
        await using (var command = new NpgsqlCommand(PublicationSql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = database.Publication } } })
        await using (var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                return [$"CREATE PUBLICATION {_publication} FOR TABLE {string.Join(", ", found.Select(table => table.Sql))} WITH (publish_via_partition_root = false)"];
            (isForAll, publishesAll, isThroughRoot) = (row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2));
        }

        var missing = new List<string>();
        // Through the root, TRUNCATE of a partition is not sent, and the root's replica identity decides what is sent of old rows, not that of the partition. It does not matter to other tables.
        if (!publishesAll || (isThroughRoot && tables.Any(table => table.IsPartitioned)))
            missing.Add($"ALTER PUBLICATION {_publication} SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)");
        if (isForAll)
            return missing;
        await using (var command = Command(connection, UnpublishedSql))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = database.Publication });
            await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var absent = new List<string>();
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                absent.Add(row.GetString(0));
            if (absent.Count > 0)
                missing.Add($"ALTER PUBLICATION {_publication} ADD TABLE {string.Join(", ", absent)}");
        }

        return missing;
    }

    private async Task<HashSet<string>> ReadMembersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, MembersSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = database.Publication });
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var members = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            members.Add(row.GetString(0));
        return members;
    }

    /// <summary>What to run when the publication has only some rows or columns of a table; null when it has all.</summary>
    private async Task<string?> FindPartialAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, PartialSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = database.Publication });
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            return null;
        var (table, what) = (row.GetString(0), row.GetBoolean(1) ? "a row filter" : "a list of columns");
        return $"Publication {database.Publication} has {what} for {table}, so that changes are missed: run ALTER PUBLICATION {_publication} DROP TABLE {table}; ALTER PUBLICATION {_publication} ADD TABLE {table};";
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
        if (ReasonToRemoveAll(slot, publication) is { } found)
            (_removeAllFor, _laterThanRunning) = (_removeAllFor ?? found, null);
        var isUsable = slot is not null && !slot.IsLost && slot.Confirmed != _unusableAt;
        // A feed whose slot is good misses nothing without an identity, so it is asked for beside the session.
        List<string> missing = isUsable && publication.Count == 0 ? [] : [.. identities, .. publication];
        if (slot is not null && !isUsable)
            missing.Add($"SELECT pg_drop_replication_slot('{database.Slot}')");
        if (!isUsable)
            missing.Add($"SELECT pg_create_logical_replication_slot('{database.Slot}', 'pgoutput')");
        if (missing.Count > 0)
            throw NotPrepared(missing);
        if (_removeAllFor is not { } reason)
            return slot!;
        var isLast = reason != "publication" || await HaveRunningEndedAsync(connection, cancellationToken).ConfigureAwait(false);
        // A worker that consumes the slot may not map what this one maps: what it drops goes when this one takes over.
        if (slot!.Figures.IsActive)
            return slot;
        await RemoveAllAsync(reason, cancellationToken).ConfigureAwait(false);
        if (isLast)
            (_removeAllFor, _laterThanRunning) = (null, null);
        return slot;
    }

    /// <summary>Whether the transactions have ended that ran when the publication was found whole. The feed does not wait for them: it removes the families then, and once more at their end.</summary>
    private async Task<bool> HaveRunningEndedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_snapshot_xmin(now), pg_snapshot_xmax(now) from pg_current_snapshot() as now", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        _laterThanRunning ??= row.GetFieldValue<ulong>(1);
        return row.GetFieldValue<ulong>(0) >= _laterThanRunning;
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
        _members = await ReadMembersAsync(connection, cancellationToken).ConfigureAwait(false);
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
            await RemoveAllAsync(reason, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, $"SELECT pg_copy_logical_replication_slot('{temporary}', '{database.Slot}', false)", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateObject)
        {
            // Another worker was faster.
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_drop_replication_slot('{temporary}')", CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Removes all mapped families, because changes may have been missed.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait for a Redis that is away.</param>
    public async Task RemoveAllAsync(string reason, CancellationToken cancellationToken)
    {
        await removeAll(cancellationToken).ConfigureAwait(false);
        metrics.Reset(reason);
        Log.Reset(logger, database.Slot, reason, string.Join(", ", tables.SelectMany(table => table.Families).Distinct()));
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
        catch (PostgresException exception) when (SetupFailure.Describe(exception, User, sql) is { } problem)
        {
            throw new ChangeFeedSetupException(problem, exception);
        }
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql) =>
        new(sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. tables.Select(table => table.Table)] } } };

    /// <param name="Mapping">The mapping.</param>
    /// <param name="Sql">Its name with its schema, quoted.</param>
    /// <param name="Schema">Its schema.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Id">Its OID.</param>
    /// <param name="Above">The OIDs of the tables that it is a partition of.</param>
    private sealed record FoundTable(TableMapping Mapping, string Sql, string Schema, string Name, uint Id, uint[] Above);
}
