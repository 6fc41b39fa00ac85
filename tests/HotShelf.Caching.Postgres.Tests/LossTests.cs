using HotShelf.TestServers;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>Nothing committed is lost, whatever goes away.</summary>
[Collection(nameof(FeedServer))]
public class LossTests(FeedServer server)
{
    [ServersFact]
    public async Task Redis_Away_SlotWaitsUntilItConfirms()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await host.ReadAsync("item:1", "one");
        await redis.PauseAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        var written = await database.ScalarAsync<string>("select pg_current_wal_lsn()::text");
        await Until.TrueAsync(async () => (await host.HealthAsync()) is { Status: HealthStatus.Degraded });
        Assert.False(await ConfirmedAsync(database, written));
        Assert.Empty(host.Removed);
        await redis.ResumeAsync();
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
        await Until.TrueAsync(() => ConfirmedAsync(database, written));
        await Until.TrueAsync(async () => (await host.HealthAsync()) is { Status: HealthStatus.Healthy });
    }

    [ServersFact]
    public async Task Redis_AwayAtTheStart_WhatArrivedMeanwhileIsConfirmed()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using (await FeedHost.StartAsync(database, redis: redis.ConnectionString))
            await redis.PauseAsync();
        await using var host = await FeedHost.StartAsync(database, redis: redis.ConnectionString, options: options => options.Heartbeat = TimeSpan.FromMinutes(1), caughtUp: false);
        var written = "";
        for (var id = 1; id <= 2; id++)
        {
            written = await database.ScalarAsync<string>("select pg_current_wal_insert_lsn()::text");
            await database.ExecuteAsync($"update items set name = 'x' where id = {id}");
            await Until.TrueAsync(() => host.Feed.GetStatus().Tables[0].Updates == id);
        }

        await redis.ResumeAsync();
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        await Until.TrueAsync(() => ConfirmedAsync(database, written));
    }

    [ServersFact]
    public async Task Redis_AwayWhileTheSlotIsCreated_IsSaid()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await redis.PauseAsync();
        await using var host = await FeedHost.StartAsync(database, redis: redis.ConnectionString, options: options => options.DegradedAfter = TimeSpan.FromHours(1), caughtUp: false);
        await Until.TrueAsync(async () => (await host.HealthAsync()) is { Status: HealthStatus.Degraded });
        Assert.StartsWith("Redis does not confirm", (await host.HealthAsync()).Entries["change-feed"].Description, StringComparison.Ordinal);
        await redis.ResumeAsync();
        await host.CaughtUpAsync();
    }

    [ServersFact]
    public async Task Worker_KilledBeforeRedisConfirmed_TheNextOneGetsTheChange()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var first = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await redis.PauseAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => first.Logged.Any(log => log.Id.Name == "FeedRedisAway"));
        await first.StopAsync();
        Assert.Empty(first.Removed);
        await redis.ResumeAsync();
        await using var second = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        // The feed has caught up before the cache tells of it.
        await Until.TrueAsync(() => second.Removed.Contains("item:1"));
    }

    [PostgresFact]
    public async Task Connection_Terminated_IsReplacedAndNothingIsLost()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await database.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid(); update items set name = 'x' where id = 3");
        await Until.TrueAsync(() => host.Removed.Contains("item:3"));
    }

    [PostgresFact]
    public async Task Postgres_Restarted_IsFollowedAgain()
    {
        await using var own = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(own.ConnectionString);
        await using var host = await FeedHost.StartAsync(database);
        await database.ExecuteAsync("begin; update items set name = 'x' where id = 1; commit");
        await own.RestartAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:1") && host.Removed.Contains("item:2"));
        Assert.DoesNotContain(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("lost", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task Slot_Dropped_FamiliesAreRemovedAndTheFeedGoesOn()
    {
        await using var database = await server.CreateAsync();
        await using (await FeedHost.StartAsync(database))
        {
        }

        await database.ExecuteAsync("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()");
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        await host.ReadAsync("item:1", "one");
        await host.CaughtUpAsync();
        Assert.Contains(host.Logged, log => log is { Level: LogLevel.Warning, Id.Name: "FeedReset" });
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_replication_slots where temporary and database = current_database()"));
    }

    [PostgresFact]
    public async Task Slot_Lost_IsCreatedAgainAndFamiliesAreRemoved()
    {
        await using var own = await PostgresServer.StartAsync("max_slot_wal_keep_size=1MB", "min_wal_size=32MB", "max_wal_size=32MB");
        await using var database = await TestDatabase.CreateAsync(own.ConnectionString);
        await using (await FeedHost.StartAsync(database))
        {
        }

        await database.ExecuteAsync("create table noise (text text)");
        for (var i = 0; i < 5; i++)
            await database.ExecuteAsync("insert into noise select repeat('x', 1000) from generate_series(1, 20000)");
        await database.ExecuteAsync("checkpoint");
        Assert.Equal("lost", await database.ScalarAsync<string>("select wal_status from pg_replication_slots"));
        await using var host = await FeedHost.StartAsync(database);
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(lost)", StringComparison.Ordinal));
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
    }

    [PostgresTheory]
    [InlineData("alter publication hotshelf drop table items")]
    [InlineData("alter publication hotshelf set (publish = 'insert')")]
    [InlineData("alter table items rename to items_before; create table items (like items_before including all)")]
    public async Task Publication_NoLongerWhole_IsRepairedAndFamiliesAreRemoved(string change)
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await host.ReadAsync("item:1", "one");
        await database.ExecuteAsync($"{change}; truncate items");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:1"));
        await Until.TrueAsync(() => host.Logged.Count(log => log.Id.Name == "FeedConnected") == 2);
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
        await database.ExecuteAsync("insert into items values (7, 'x', 'a')");
        await Until.TrueAsync(() => host.Removed.Contains("item:7"));
    }

    /// <summary>It is whole when it is looked at, and yet changes in between are not sent.</summary>
    [PostgresTheory]
    [InlineData("alter publication hotshelf drop table items", "alter publication hotshelf add table items")]
    [InlineData("alter publication hotshelf set (publish = 'insert')", "alter publication hotshelf set (publish = 'insert, update, delete, truncate')")]
    [InlineData("drop publication hotshelf; create publication hotshelf", "alter publication hotshelf add table items")]
    public async Task Publication_NotWholeForAMoment_RemovesTheFamilies(string before, string after)
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        await host.ReadAsync("item:1", "one");
        await database.ExecuteAsync($"{before}; update items set name = 'x' where id = 1; {after}");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:1"));
        await Until.TrueAsync(() => host.Logged.Count(log => log.Id.Name == "FeedConnected") == 2);
        Assert.Single(host.Logged, log => log.Id.Name == "FeedReset" && log.Message.Contains("(publication)", StringComparison.Ordinal));
        // What belongs to others does not matter.
        await database.ExecuteAsync("create table more (id integer primary key); alter publication hotshelf add table more");
        await database.ExecuteAsync("alter publication hotshelf drop table more");
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        Assert.Equal(2, host.Feed.GetStatus().Resets);
    }

    [PostgresFact]
    public async Task Table_Dropped_IsSaidAndItsSuccessorFollowed()
    {
        await using var database = await server.CreateAsync();
        await using var host = await FeedHost.StartAsync(database);
        ChangeFeedStatus? logged = null;
        host.OnLogged = name =>
        {
            if (name == "FeedMisconfigured")
                logged = host.Feed.GetStatus();
        };
        await database.ExecuteAsync("alter table items rename to items_before");
        var problem = await host.ProblemAsync();
        Assert.StartsWith("Table items does not exist", problem, StringComparison.Ordinal);
        await Until.TrueAsync(() => logged is not null);
        Assert.Equal(("misconfigured", problem), (logged!.State, logged.Problem));
        await host.ReadAsync("item:1", "one");
        await database.ExecuteAsync("create table items (like items_before including all)");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("item:1"));
        await Until.TrueAsync(() => host.Logged.Count(log => log.Id.Name == "FeedConnected") == 2);
    }

    [PostgresTheory]
    [InlineData("alter table items rename category to kind", "Item.Category has no column in table items", false)]
    [InlineData("alter table items drop category", "Item.Category has no column in table items", true)]
    [InlineData("alter table more rename name to title", "NeedsOld names column 'name', which table more does not have", false)]
    public async Task Column_Gone_RemovesTheFamiliesOfItsTableAndDoesNotStopTheFeed(string change, string problem, bool verifyOnly)
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table more (id integer primary key, name text); alter table more replica identity full; insert into more values (1), (2)");
        await using (await FeedHost.StartAsync(database, Map))
        {
        }

        await using var host = await FeedHost.StartAsync(database, Map, options: options => options.VerifyOnly = verifyOnly);
        await database.ExecuteAsync(change);
        for (var sessions = 1; sessions <= 2; sessions++)
        {
            await Until.TrueAsync(async () => (await host.HealthAsync()) is { Status: HealthStatus.Degraded });
            Assert.StartsWith(problem, (await host.HealthAsync()).Entries["change-feed"].Description, StringComparison.Ordinal);
            Assert.StartsWith(problem, host.Feed.GetStatus().Problem, StringComparison.Ordinal);
            await host.ReadAsync("item:99", "other");
            await host.ReadAsync("more:99", "other");
            await database.ExecuteAsync($"update items set name = 'x' where id = {sessions}; update more set id = id + 10");
            await Until.TrueAsync(async () => problem.Contains("items", StringComparison.Ordinal)
                ? !await host.IsCachedAsync("item:99") && host.Removed.Contains($"more:{(sessions * 10) + 1}")
                : !await host.IsCachedAsync("more:99") && host.Removed.Contains($"item:{sessions}"));
            await database.ExecuteAsync("select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()");
            await Until.TrueAsync(() => host.Logged.Count(log => log.Id.Name == "FeedConnected") == sessions + 1, () => string.Join(Environment.NewLine, host.Logged));
        }

        Assert.Contains(problem, Assert.Single(host.Logged, log => log.Id.Name == "FeedColumnMissing").Message, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Logged, log => log.Id.Name is "FeedMisconfigured" or "FeedReset");
        await database.ExecuteAsync("alter table items add if not exists category text; alter table more add if not exists name text");
        await Until.TrueAsync(async () => (await host.HealthAsync()) is { Status: HealthStatus.Healthy });

        static void Map(ChangeFeedBuilder feed)
        {
            FeedHost.MapItems(feed);
            feed.Table<ChangedRow>("more", ["more"], (change, to) => to.Remove($"more:{change.New!["id"]}")).NeedsOld("name");
        }
    }

    [PostgresFact]
    public async Task Identity_OfANewPartition_IsSetBesideTheSession()
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table facts (id integer, region text) partition by list (region)");
        await using var host = await FeedHost.StartAsync(database, feed =>
        {
            FeedHost.MapItems(feed);
            feed.Table<ChangedRow>("facts", ["fact"], (change, to) => to.Remove($"fact:{change.Rows.First()["id"]}"));
        });
        // Without an identity a published table refuses its writers' updates.
        await database.ExecuteAsync("create table facts_eu partition of facts for values in ('eu'); insert into facts values (1, 'eu')");
        await Until.TrueAsync(() => host.Logged.Any(log => log.Message.Contains("ALTER TABLE public.facts_eu REPLICA IDENTITY FULL", StringComparison.Ordinal)));
        await database.ExecuteAsync("update facts set id = 2");
        await Until.TrueAsync(() => host.Removed.Count(key => key == "fact:1") == 2);
        Assert.Single(host.Logged, log => log.Id.Name == "FeedReset");
        Assert.Single(host.Logged, log => log.Id.Name == "FeedConnected");
    }

    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Identity_ThatCannotBeSetAtTheStart_DoesNotStopAFeedWhoseSlotIsGood(bool verifyOnly)
    {
        await using var database = await server.CreateAsync();
        await database.ExecuteAsync("create table facts (id integer, region text) partition by list (region)");
        await using (await FeedHost.StartAsync(database, Map))
        {
        }

        await database.ExecuteAsync("create table facts_eu partition of facts for values in ('eu')");
        await using var report = await database.BeginAsync("select count(*) from facts_eu");
        await using var host = await FeedHost.StartAsync(database, Map, options: options => options.VerifyOnly = verifyOnly, caughtUp: false);
        await database.ExecuteAsync("update items set name = 'x' where id = 1; insert into facts values (1, 'eu')");
        await Until.TrueAsync(() => host.Removed.Contains("item:1") && host.Removed.Contains("fact:1"));
        await Until.TrueAsync(() => host.Logged.Any(log => log.Id.Name == "FeedIdentityMissing" && log.Message.Contains("ALTER TABLE public.facts_eu REPLICA IDENTITY FULL", StringComparison.Ordinal)));
        if (!verifyOnly)
            return;
        // What is missed without a part of the publication is seen as soon as ever.
        await database.ExecuteAsync("alter publication hotshelf drop table items");
        await Until.TrueAsync(() => host.Logged.Any(log => log.Id.Name == "FeedMisconfigured" && log.Message.Contains("ADD TABLE public.items", StringComparison.Ordinal)), seconds: 5);

        static void Map(ChangeFeedBuilder feed)
        {
            FeedHost.MapItems(feed);
            feed.Table<ChangedRow>("facts", ["fact"], (change, to) => to.Remove($"fact:{change.Rows.First()["id"]}"));
        }
    }

    [PostgresFact]
    public async Task Identity_ThatCannotBeSetBack_RemovesTheFamiliesMeanwhile()
    {
        await using var database = await server.CreateAsync();
        var role = $"feed_{database.Name}";
        await database.ExecuteAsync($"create role {role} login replication; alter table items owner to {role}; grant all on database {database.Name} to {role}");
        await using var limited = database.As(role);
        await using var host = await FeedHost.StartAsync(limited, feed => feed.Table<Item>("items", ["list"], (change, to) =>
        {
            foreach (var row in change.Rows)
                to.Remove($"list:{row.Category}");
        }).NeedsOld("category"));
        await host.ReadAsync("list:a", "of category a");
        string? logged = null;
        host.OnLogged = name =>
        {
            if (name == "FeedIdentityMissing")
                logged = host.Feed.GetStatus().Problem;
        };
        await database.ExecuteAsync("alter table items owner to postgres; alter table items replica identity default; update items set category = 'b' where id = 1");
        await Until.TrueAsync(async () => !await host.IsCachedAsync("list:a"));
        await Until.TrueAsync(() => host.Logged.Any(log => log.Id.Name == "FeedIdentityMissing" && log.Message.Contains("ALTER TABLE public.items REPLICA IDENTITY FULL", StringComparison.Ordinal)));
        var health = await host.HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("ALTER TABLE public.items REPLICA IDENTITY FULL", health.Entries["change-feed"].Description, StringComparison.Ordinal);
        Assert.Equal(health.Entries["change-feed"].Description, host.Feed.GetStatus().Problem);
        Assert.Equal(health.Entries["change-feed"].Description, logged);
        await database.ExecuteAsync("alter table items replica identity full; update items set category = 'c' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("list:b") && host.Removed.Contains("list:c"));
        await Until.TrueAsync(async () => (await host.HealthAsync()) is { Status: HealthStatus.Healthy });
        Assert.Null(host.Feed.GetStatus().Problem);
        Assert.Single(host.Logged, log => log.Id.Name == "FeedConnected");
    }

    [PostgresFact]
    public async Task Slot_CreatedWhileATransactionRuns_MissesNoneOfItsChanges()
    {
        await using var database = await server.CreateAsync();
        await using var connection = await database.BeginAsync("update items set name = 'x' where id = 1");
        await using var host = await FeedHost.StartAsync(database, caughtUp: false);
        await Until.TrueAsync(() => host.Logged.Any(log => log.Id.Name == "FeedCreatingSlot"));
        await host.ReadAsync("item:1", "old");
        await connection.ExecuteAsync("commit");
        await host.CaughtUpAsync();
        Assert.False(await host.IsCachedAsync("item:1"));
    }

    [PostgresFact]
    public async Task Commit_InTheWalAndNotYetVisible_IsPassedOnWhenQueriesSeeIt()
    {
        await using var own = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(own.ConnectionString);
        await using var host = await FeedHost.StartAsync(database, options: options => options.Heartbeat = TimeSpan.FromMinutes(1));
        await host.ReadAsync("item:1", "old");
        var writing = await WriteInvisiblyAsync(database, host);
        Assert.Equal("item 1", await database.ScalarAsync<string>("select name from items where id = 1"));
        Assert.True(await host.IsCachedAsync("item:1"));
        Assert.False(writing.IsCompleted);

        await database.ExecuteAsync("alter system reset synchronous_standby_names");
        await database.ExecuteAsync("select pg_reload_conf()");
        await writing;
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
        Assert.False(await host.IsCachedAsync("item:1"));
    }

    [PostgresFact]
    public async Task Stop_WhileACommitIsNotVisible_EndsAndAcknowledgesNothing()
    {
        await using var own = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(own.ConnectionString);
        await using var host = await FeedHost.StartAsync(database, options: options => options.Heartbeat = TimeSpan.FromMinutes(1));
        var position = await database.ScalarAsync<string>("select pg_current_wal_insert_lsn()::text");
        var writing = await WriteInvisiblyAsync(database, host);
        await host.StopAsync();
        Assert.Contains(host.Logged, log => log.Id.Name == "FeedStopped");
        Assert.Empty(host.Removed);
        Assert.False(await database.ScalarAsync<bool>($"select confirmed_flush_lsn > '{position}' from pg_replication_slots"));
        await own.KillAsync();
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(() => writing);
    }

    /// <summary>A commit is written, and then waits for a standby that never answers.</summary>
    private static async Task<Task> WriteInvisiblyAsync(TestDatabase database, FeedHost host)
    {
        await database.ExecuteAsync("alter system set synchronous_standby_names = 'nobody'");
        await database.ExecuteAsync("select pg_reload_conf()");
        await Until.TrueAsync(async () => await database.ScalarAsync<string>("show synchronous_standby_names") == "nobody");
        var writing = database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => host.Feed.Lag > TimeSpan.FromMilliseconds(300));
        return writing;
    }

    private static Task<bool> ConfirmedAsync(TestDatabase database, string position) =>
        database.ScalarAsync<bool>($"select confirmed_flush_lsn >= '{position}' from pg_replication_slots where database = current_database()");
}
