using HotShelf.Catalog.Seeding;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HotShelf.Catalog.Postgres;

internal sealed partial class CatalogInitializer(NpgsqlDataSource dataSource, IOptions<CatalogSetupOptions> options, TimeProvider time, ILogger<CatalogInitializer> logger)
    : ICatalogInitializer
{
    // Any number will do as long as every process uses the same one and nothing else in this database does.
    private const long LockKey = 0x486F745368656C66; // "HotShelf"
    private const string SeedStep = "seed-1";

    // Shorter than PostgreSQL's deadlock_timeout (1 s), after which it would end a writer's transaction as well as this one.
    private const string YieldToWriters = "set local lock_timeout = '300ms'";

    public async Task InitializeAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                await (options.Value.ApplySchema ? ApplyAllAsync(cancellationToken) : WaitForSchemaAsync(cancellationToken)).ConfigureAwait(false);
                return;
            }
            catch (NpgsqlException failure) when (IsNotUpYet(failure))
            {
                // The connection was lost in between. Each script is a transaction that records itself, so the next attempt goes on where this one ended.
                Log.WaitingForDatabase(logger, failure.Message, s_firstPause.TotalSeconds);
                await Task.Delay(s_firstPause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ApplyAllAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenWhenReadyAsync(cancellationToken).ConfigureAwait(false);
        // Held by the session: several transactions run under it, and a process that dies gives it back with its connection.
        await ExecuteAsync(connection, null, "select pg_advisory_lock($1)", cancellationToken, LockKey).ConfigureAwait(false);
        try
        {
            // Not "create table if not exists": that asks for the right to create even where the table is there.
            await ExecuteAsync(connection, null, """
                do $$ begin
                    if to_regclass('schema_scripts') is null then
                        create table schema_scripts (name text primary key, checksum text not null, applied_at timestamptz not null default now());
                    end if;
                end $$
                """, cancellationToken).ConfigureAwait(false);
            var applied = await ReadAppliedAsync(connection, cancellationToken).ConfigureAwait(false);
            Check(applied);
            foreach (var script in SchemaScript.All.Where(script => !applied.ContainsKey(script.Name)))
                await ApplyAsync(connection, script, cancellationToken).ConfigureAwait(false);
            if (options.Value.SampleData && !applied.ContainsKey(SeedStep))
                await SeedAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new CatalogSchemaException(
                $"The database user may not change the schema ({refused.MessageText}). Run the worker's command 'migrate' with a user that may, and set Catalog:ApplySchema to false for the services.", refused);
        }
        finally
        {
            // The connection goes back to the pool, so the lock must not go with it.
            if (connection.FullState == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, null, "select pg_advisory_unlock($1)", CancellationToken.None, LockKey).ConfigureAwait(false);
        }
    }

    private void Check(Dictionary<string, string> applied)
    {
        foreach (var script in SchemaScript.All)
        {
            if (applied.TryGetValue(script.Name, out var checksum) && checksum != script.Checksum)
            {
                throw new CatalogSchemaException(
                    $"The schema script {script.Name} was applied to this database in another form (checksum {checksum[..8]}, in this build {script.Checksum[..8]}). " +
                    "Applied scripts must not change: put it back as it was and add what is new as a script of its own, or start from an empty database.");
            }
        }

        // During a rolling deploy old processes meet the new schema. They can go on with it unless the release notes say otherwise.
        var known = SchemaScript.All.Select(script => script.Name).Append(SeedStep).ToHashSet(StringComparer.Ordinal);
        foreach (var unknown in applied.Keys.Where(name => !known.Contains(name)))
            Log.ScriptUnknown(logger, unknown);
    }

    private async Task ApplyAsync(NpgsqlConnection connection, SchemaScript script, CancellationToken cancellationToken)
    {
        for (var pause = s_firstPause; ; pause = Longer(pause))
        {
            try
            {
                await ApplyOnceAsync(connection, script, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                Log.WaitingForLocks(logger, script.Name, pause.TotalSeconds);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ApplyOnceAsync(NpgsqlConnection connection, SchemaScript script, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, transaction, YieldToWriters, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, transaction, script.Sql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, transaction, "insert into schema_scripts (name, checksum) values ($1, $2)", cancellationToken, script.Name, script.Checksum).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        Log.ScriptApplied(logger, script.Name);
    }

    private async Task SeedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        if (!await IsEmptyAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            Log.NotSeeded(logger);
            return;
        }

        var summary = await SeedLoader.LoadAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, transaction, "insert into schema_scripts (name, checksum) values ($1, $2)", cancellationToken, SeedStep, "data").ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, null, "analyze", cancellationToken).ConfigureAwait(false);
        Log.Seeded(logger, summary.Products, summary.Profiles, time.GetElapsedTime(started).TotalSeconds);
    }

    private static async Task<bool> IsEmptyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select not exists (select from products) and not exists (select from user_profiles)", connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    private static async Task<Dictionary<string, string>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select name, checksum from schema_scripts", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var applied = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            applied.Add(reader.GetString(0), reader.GetString(1));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = 0 };
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
