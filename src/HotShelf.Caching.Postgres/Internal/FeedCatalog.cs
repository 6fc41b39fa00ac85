using Microsoft.Extensions.Logging;
using Npgsql;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Reads from the server's catalog whether it can be followed, and what is missing.</summary>
internal sealed class FeedCatalog(FeedDatabase database, IReadOnlyList<TableMapping> tables, ILogger logger)
{
    private const string SettingsSql = """
        select current_setting('server_version_num')::int, current_setting('wal_level'), pg_is_in_recovery(), quote_ident(current_user), coalesce(current_setting('max_slot_wal_keep_size', true), '-1'), quote_ident($1)
        """;

    private const string TablesSql = """
        select t.name, c.oid is not null, quote_ident(n.nspname) || '.' || quote_ident(c.relname), n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text,
            c.oid, array(select relid::oid from pg_partition_ancestors(c.oid) where relid <> c.oid), c.relkind = 'r' and exists (select from pg_inherits where inhparent = c.oid),
            case when c.oid is null then (
                select quote_ident(sn.nspname) || '.' || quote_ident(s.relname) from pg_class s join pg_namespace sn on sn.oid = s.relnamespace
                where s.relkind in ('r', 'p') and lower(s.relname) = lower(regexp_replace(t.name, '^.*\.|"', '', 'g')) order by sn.nspname <> all (current_schemas(false)), sn.nspname, s.relname limit 1) end
        from unnest($1) with ordinality as t(name, number) left join pg_class c on c.oid = to_regclass(t.name) left join pg_namespace n on n.oid = c.relnamespace
        order by t.number
        """;

    // Generated columns are not published before PostgreSQL 18.
    private const string ColumnsSql = """
        select t.name, array(select a.attname::text from pg_attribute a where a.attrelid = to_regclass(t.name) and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum)
        from unnest($1) with ordinality as t(name, number) order by t.number
        """;

    // PostgreSQL does not use a deferrable key.
    private const string IdentitiesSql = """
        select t.name, quote_ident(n.nspname) || '.' || quote_ident(l.relname), l.relreplident::text, array(
            select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
            where i.indrelid = l.oid and case l.relreplident when 'd' then i.indisprimary and i.indimmediate when 'i' then i.indisreplident else false end),
            array(select a.attname::text from pg_attribute a where a.attrelid = l.oid and a.attnum > 0 and not a.attisdropped)
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

    // Quoted where SQL needs it.
    private string _publication = "";
    private bool _warnedOfWal;

    /// <summary>The role, quoted where SQL needs it once it has connected.</summary>
    public string? User { get; private set; } = database.User;

    /// <summary>Whether the server can be followed at all.</summary>
    /// <exception cref="ChangeFeedSetupException">It cannot.</exception>
    public async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
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

        (User, _publication) = (row.GetString(3), row.GetString(5));
        await row.CloseAsync().ConfigureAwait(false);
        database.Server = await ReadServerAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<long> ReadServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand("select system_identifier from pg_control_system()", connection);
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
        catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFunction)
        {
            // Everybody may ask a server of one's own; a managed one may have closed it.
            return 0;
        }
    }

    /// <summary>The mapped tables, in the order of their mappings.</summary>
    /// <exception cref="ChangeFeedSetupException">One is missing, or cannot be followed.</exception>
    public async Task<List<FoundTable>> FindTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, TablesSql);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<FoundTable>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var mapping = tables.First(table => table.Table == row.GetString(0));
            if (!row.GetBoolean(1) && !row.IsDBNull(10))
            {
                var like = row.GetString(10);
                throw new ChangeFeedSetupException(
                    $"Table {mapping.Table} does not exist in database {database.Name}, but {like} does: write Table(\"{like.Replace("\"", "\\\"", StringComparison.Ordinal)}\"). " +
                    "SQL reads names without quotes in lower case, and looks for those without a schema in search_path.");
            }

            if (!row.GetBoolean(1))
                throw new ChangeFeedSetupException($"Table {mapping.Table} does not exist in database {database.Name}: create it, or name it with its schema.");
            if (row.GetString(5) is not ("r" or "p") || row.GetString(6) != "p")
                throw new ChangeFeedSetupException($"{mapping.Table} is a view, or a temporary, unlogged or foreign table, whose changes are not in the WAL: map the tables that it depends on.");
            if (row.GetBoolean(9))
            {
                throw new ChangeFeedSetupException(
                    $"Table {mapping.Table} has children by INHERITS (so have TimescaleDB's hypertables), whose changes the WAL has under their own names: map a table that is partitioned by PARTITION BY, or one without children.");
            }

            var (id, above) = (row.GetFieldValue<uint>(7), row.GetFieldValue<uint[]>(8));
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

    /// <summary>Whether the tables have the columns that their mappings need.</summary>
    /// <exception cref="ChangeFeedSetupException">One lacks a column.</exception>
    public async Task CheckColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, ColumnsSql);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var mapping = tables.First(table => table.Table == row.GetString(0));
            var columns = new Columns(row.GetFieldValue<string[]>(1));
            mapping.CreateReader(columns);
            foreach (var column in mapping.OldColumns.Where(column => columns.TryFind(column) is null))
                throw new ChangeFeedSetupException($"NeedsOld names column '{column}', which table {mapping.Table} does not have: it has {string.Join(", ", columns.Names)}.");
        }
    }

    /// <summary>What to run for tables and partitions that lack the replica identity they need.</summary>
    public async Task<List<string>> MissingIdentitiesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, IdentitiesSql);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var missing = new List<string>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var (identity, columns) = (row.GetFieldValue<string[]>(3), new Columns(row.GetFieldValue<string[]>(4)));
            // A published table without an identity would refuse its writers' updates. A column that the table lacks is reported as such.
            var old = tables.First(table => table.Table == row.GetString(0)).OldColumns;
            if (row.GetString(2) != "f" && (identity.Length == 0 || old.Exists(column => columns.TryFind(column) is { } ordinal && !identity.Contains(columns.Names[ordinal]))))
                missing.Add($"ALTER TABLE {row.GetString(1)} REPLICA IDENTITY FULL");
        }

        return missing;
    }

    /// <summary>What to run so that the publication has all changes of the mapped tables.</summary>
    public async Task<List<string>> MissingPublicationAsync(NpgsqlConnection connection, List<FoundTable> found, CancellationToken cancellationToken)
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

    /// <summary>The tables, and the rows of the catalog that publish them.</summary>
    public async Task<HashSet<string>> ReadMembersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
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
    public async Task<string?> FindPartialAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, PartialSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = database.Publication });
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            return null;
        var (table, what) = (row.GetString(0), row.GetBoolean(1) ? "a row filter" : "a list of columns");
        return $"Publication {database.Publication} has {what} for {table}, so that changes are missed: run ALTER PUBLICATION {_publication} DROP TABLE {table}; ALTER PUBLICATION {_publication} ADD TABLE {table};";
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql) =>
        new(sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. tables.Select(table => table.Table)] } } };
}

/// <param name="Mapping">The mapping.</param>
/// <param name="Sql">Its name with its schema, quoted.</param>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its OID.</param>
/// <param name="Above">The OIDs of the tables that it is a partition of.</param>
internal sealed record FoundTable(TableMapping Mapping, string Sql, string Schema, string Name, uint Id, uint[] Above);
