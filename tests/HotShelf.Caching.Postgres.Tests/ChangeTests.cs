using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Caching.Postgres.Tests;

[Collection(nameof(FeedServer))]
public class ChangeTests(FeedServer server)
{
    [PostgresFact]
    public async Task Change_OfARow_RemovesWhatTheMappingSays()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item", "list"], (change, to) =>
        {
            foreach (var row in change.Rows)
            {
                to.Remove($"item:{row.Id}");
                to.RemoveTag($"category:{row.Category}");
            }
        }).NeedsOld("category"));
        foreach (var (key, tag) in new[] { ("list:a", "category:a"), ("list:b", "category:b"), ("list:c", "category:c") })
            await host.ReadAsync(key, "list", tag);
        await host.ReadAsync("item:1", "one");
        await host.ReadAsync("item:2", "two");

        await database.ExecuteAsync("update items set category = 'b' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
        Assert.False(await host.IsCachedAsync("item:1"));
        Assert.False(await host.IsCachedAsync("list:a"));
        Assert.False(await host.IsCachedAsync("list:b"));
        Assert.True(await host.IsCachedAsync("list:c"));
        Assert.True(await host.IsCachedAsync("item:2"));

        await host.ReadAsync("list:b", "list", "category:b");
        await database.ExecuteAsync("delete from items where id = 1");
        await Until.TrueAsync(() => host.Removed.Count(key => key == "item:1") == 2);
        Assert.False(await host.IsCachedAsync("list:b"));
        await database.ExecuteAsync("insert into items values (500, 'new', 'c')");
        await Until.TrueAsync(async () => host.Removed.Contains("item:500") && !await host.IsCachedAsync("list:c"));
    }

    [PostgresFact]
    public async Task Copy_BeyondTheLimit_RemovesTheFamiliesOnce()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, options: options => options.MaximumKeys = 1000);
        await host.ReadAsync("item:100001", "negative");
        await host.ReadAsync("other:1", "of another family");
        await database.CopyAsync("items", Enumerable.Range(1, 100_000).Select(n => $"{n + 1000}\tname\tb\t1"));
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:100001"));
        Assert.True(await host.IsCachedAsync("other:1"));
        Assert.Empty(host.Removed);
        Assert.Single(host.Logged, log => log.Id.Name == "FeedEscalated");
        // It goes on with single keys.
        await database.ExecuteAsync("update items set name = 'x' where id = 7");
        await Until.TrueAsync(() => host.Removed.Contains("item:7"));
    }

    [PostgresFact]
    public async Task Truncate_OfATable_RemovesItsFamilies()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await host.ReadAsync("item:1", "one");
        await host.ReadAsync("list:1", "all");
        await database.ExecuteAsync("truncate items");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:1") && !await host.IsCachedAsync("list:1"));
    }

    [PostgresFact]
    public async Task Mapping_WithAQuery_GetsTheChangesOfATransactionTogetherAndSeesThem()
    {
        await using var database = await server.CreateAsync();
        var calls = new List<int>();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], async (changes, to, connection, cancellationToken) =>
        {
            calls.Add(changes.Count);
            await using var command = new NpgsqlCommand("select category, max(version) from items where id = any($1) group by category", connection);
            command.Parameters.Add(new() { Value = changes.SelectMany(change => change.Rows).Select(row => row.Id).ToArray() });
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                to.Remove($"item:{rows.GetString(0)}", rows.GetInt64(1));
        }));
        await database.ExecuteAsync("update items set category = 'z', version = 2 where id between 11 and 40");
        await Until.TrueAsync(() => host.Removed.Contains("item:z"));
        Assert.Equal([30], calls);
    }

    [PostgresFact]
    public async Task Mapping_WithAQuery_IsPlannedOnce()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], async (changes, to, connection, cancellationToken) =>
        {
            var id = changes.SelectMany(change => change.Rows).Last().Id;
            await using (var look = new NpgsqlCommand("select max(name) from items where id = any($1)", connection) { Parameters = { new() { Value = new[] { id } } } })
                await look.ExecuteScalarAsync(cancellationToken);
            await using var plans = new NpgsqlCommand("select coalesce(max(generic_plans), 0), coalesce(max(custom_plans), 0) from pg_prepared_statements where statement like 'select max(name)%'", connection);
            await using var row = await plans.ExecuteReaderAsync(cancellationToken);
            await row.ReadAsync(cancellationToken);
            to.Remove($"item:{id}:{row.GetInt64(0) > 0}:{row.GetInt64(1)}");
        }));
        for (var id = 1; id <= 4; id++)
        {
            await database.ExecuteAsync($"update items set version = 2 where id = {id}");
            await Until.TrueAsync(() => host.Removed.Count == id);
        }

        Assert.Equal("item:4:True:0", host.Removed.Last());
    }

    [PostgresFact]
    public async Task Row_ThatIsGone_IsRemovedAlthoughItsVersionIsCached()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("alter table items replica identity full");
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["item"], (change, to) =>
            to.Remove(change, row => $"item:{row.Id}", row => row.Version)));
        foreach (var id in new[] { 1, 2, 3 })
        {
            await host.Cache.GetOrCreateAsync($"item:{id}", 1, static (fill, version, _) =>
            {
                fill.Version = version;
                return ValueTask.FromResult("value");
            });
        }

        await database.ExecuteAsync("delete from items where id = 1; update items set id = 1000 where id = 2; update items set name = 'x' where id = 3");
        await Until.TrueAsync(() => host.Removed.Contains("item:1000"));
        Assert.Equal((false, false, true), (await host.IsCachedAsync("item:1"), await host.IsCachedAsync("item:2"), await host.IsCachedAsync("item:3")));
    }

    [PostgresFact]
    public async Task Key_WithoutAColon_IsNotOfTheFamilyOfItsName()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Item>("items", ["items"], (_, to) =>
        {
            to.Remove("items");
            to.RemoveFamily("items");
        }));
        await host.ReadAsync("items", "all");
        await host.ReadAsync("items:1", "one");
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("items:1"));
        Assert.False(await host.IsCachedAsync("items"));
    }

    [PostgresFact]
    public async Task Column_LargeAndUnchanged_IsTakenFromTheOldRowOrFailsTheMapping()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("""
            create table documents (id integer primary key, body text not null, note text);
            insert into documents select 1, string_agg(md5(n::text), '') from generate_series(1, 1000) n;
            """);
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("documents", ["document"], (change, to) => to.Remove($"document:{change.New!["body"]!.Length}")));
        await host.ReadAsync("document:0", "other");
        await database.ExecuteAsync("update documents set note = 'x'");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("document:0"));
        Assert.Contains(host.Logged, log => log.Message.Contains("'body' was not sent", StringComparison.Ordinal));
        await database.ExecuteAsync("alter table documents replica identity full");
        await database.ExecuteAsync("update documents set note = 'y'");
        await Until.TrueAsync(() => host.Removed.Contains("document:32000"));
    }

    [PostgresFact]
    public async Task Row_WithColumnsThatDifferByCase_IsReadByTheExactName()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table facts (\"Id\" integer primary key, id text); insert into facts values (1, 'old')");
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<ChangedRow>("facts", ["fact"], (change, to) =>
        {
            foreach (var row in change.Rows)
                to.Remove($"fact:{row["Id"]}:{row["id"]}");
        }).NeedsOld("id"));
        await database.ExecuteAsync("update facts set id = 'new'");
        await Until.TrueAsync(() => host.Removed.Contains("fact:1:old") && host.Removed.Contains("fact:1:new"));
    }

    [PostgresFact]
    public async Task Row_OfTimes_MakesTheKeyOfOneThatNpgsqlReads()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table offers (id integer primary key, start timestamptz, finish timestamptz, opens timestamp, closes timestamp, first_day date, last_day date, hour time)");
        await using var host = await FeedHost.StartAsync(database, feed => feed.Table<Offer>("offers", ["offer"], (change, to) => to.Remove(change.New!.Key)));
        await database.ExecuteAsync("""
            insert into offers values
                (1, '2026-11-26 05:04:03.21+02', '2026-07-01 00:00+00', '2026-11-26 05:04:03', '1999-01-01', '2026-11-26', '2027-01-01', '23:59:59.123456'),
                (2, '-infinity', 'infinity', '-infinity', 'infinity', '-infinity', 'infinity', '00:00')
            """);
        await Until.TrueAsync(() => host.Removed.Count == 2 || host.Logged.Any(log => log.Id.Name == "FeedPoison"));
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand("select * from offers order by id");
        await using var row = await command.ExecuteReaderAsync();
        var loaded = new List<string>();
        while (await row.ReadAsync())
        {
            loaded.Add(new Offer(
                row.GetInt32(0), row.GetDateTime(1), row.GetFieldValue<DateTimeOffset>(2), row.GetDateTime(3), row.GetDateTime(4), row.GetFieldValue<DateOnly>(5),
                row.GetFieldValue<DateOnly>(6), row.GetFieldValue<TimeOnly>(7)).Key);
        }

        Assert.Equal(loaded, host.Removed.Order());
    }

    [PostgresFact]
    public async Task Row_OfADatabaseWithSettingsOfItsOwn_IsReadAsAlways()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync($"""
            alter database {database.Name} set bytea_output = 'escape';
            alter database {database.Name} set extra_float_digits = -10;
            create table facts (id integer primary key, digest bytea, ratio double precision)
            """);
        await using var host = await FeedHost.StartAsync(database, feed =>
            feed.Table<ChangedRow>("facts", ["fact"], (change, to) => to.Remove($"fact:{change.New!["digest"]}:{change.New["ratio"]}")));
        await database.ExecuteAsync("insert into facts values (1, 'abc', 0.1234567890123)");
        await Until.TrueAsync(() => !host.Removed.IsEmpty);
        Assert.Equal("fact:\\x616263:0.1234567890123", Assert.Single(host.Removed));
    }

    [PostgresFact]
    public async Task Change_RolledBack_RemovesNothing()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await database.ExecuteAsync("begin; update items set name = 'x' where id = 1; rollback");
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        Assert.DoesNotContain("item:1", host.Removed);
    }

    [PostgresFact]
    public async Task Transaction_SentBeforeItsEnd_RemovesWholeAndNothingUntilItCommits()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await host.ReadAsync("item:1", "one");
        await using var large = await LargeTransaction.StartAsync(database, "update items set name = 'x' where id = 1");
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        Assert.True(await host.IsCachedAsync("item:1"));
        Assert.Equal(["item:2"], host.Removed);
        await large.ExecuteAsync("update items set name = 'x' where id = 3; commit");
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
        Assert.Superset(new HashSet<string>(["item:1", "item:3", $"item:{LargeTransaction.First}", $"item:{LargeTransaction.Last}"]), host.Removed.ToHashSet());
        Assert.Equal(LargeTransaction.Rows, Assert.Single(host.Feed.GetStatus().Tables).Inserts);
    }

    [PostgresFact]
    public async Task Transaction_SentBeforeItsEndAndRolledBack_RemovesNothing()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, options: options => options.MaximumKeys = 1000);
        await host.ReadAsync("item:1", "one");
        await using var large = await LargeTransaction.StartAsync(database, "update items set name = 'x' where id = 1");
        await large.ExecuteAsync("rollback");
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        Assert.True(await host.IsCachedAsync("item:1"));
        Assert.DoesNotContain(host.Logged, log => log.Id.Name == "FeedEscalated");
        Assert.Equal((0, 1, 0), Assert.Single(host.Feed.GetStatus().Tables) switch { var table => (table.Inserts, table.Updates, table.Escalations) });
    }

    [PostgresFact]
    public async Task Transaction_SentBeforeItsEndAndRolledBackInPart_RemovesTheRest()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await using var large = await LargeTransaction.StartAsync(database, "update items set name = 'x' where id = 1; savepoint part");
        await large.ExecuteAsync("rollback to part; update items set name = 'x' where id = 2; commit");
        await Until.TrueAsync(() => host.Removed.Contains("item:1") && host.Removed.Contains("item:2"));
    }

    [PostgresFact]
    public async Task Slot_WhileOnlyOtherTablesChange_Advances()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table noise (text text)");
        await using var host = await FeedHost.StartAsync(database);
        await database.ExecuteAsync("insert into noise select repeat('x', 1000) from generate_series(1, 5000)");
        var written = await database.ScalarAsync<string>("select pg_current_wal_lsn()::text");
        await Until.TrueAsync(() => database.ScalarAsync<bool>($"select confirmed_flush_lsn >= '{written}' from pg_replication_slots where database = current_database()"));
    }

    private sealed record Offer(int Id, DateTime Start, DateTimeOffset Finish, DateTime Opens, DateTime Closes, DateOnly FirstDay, DateOnly LastDay, TimeOnly Hour)
    {
        public string Key => $"offer:{Id}:{Start:O}:{Finish:O}:{Opens:O}:{Closes:O}:{FirstDay:O}:{LastDay:O}:{Hour:O}";
    }
}

/// <summary>A transaction that the server has sent in part before it ends.</summary>
internal sealed class LargeTransaction(NpgsqlConnection connection) : IAsyncDisposable
{
    public const int First = 1_001;
    public const int Rows = 8_000;
    public const int Last = First + Rows - 1;

    /// <summary>Executes <paramref name="sql"/>, adds many rows, and returns when a part of it was sent.</summary>
    public static async Task<LargeTransaction> StartAsync(TestDatabase database, string sql)
    {
        var connection = new NpgsqlConnection(database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        var transaction = new LargeTransaction(connection);
        await transaction.ExecuteAsync($"begin; {sql}; insert into items select n, repeat('x', 1000), 'a' from generate_series({First}, {Last}) n");
        await Until.TrueAsync(() => database.ScalarAsync<bool>(
            "select coalesce(bool_or(stream_count > 0), false) from pg_stat_replication_slots join pg_replication_slots using (slot_name) where database = current_database()"));
        return transaction;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
