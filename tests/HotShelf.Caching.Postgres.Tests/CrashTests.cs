using System.Diagnostics;
using HotShelf.TestServers;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>PostgreSQL crashes: its slot has forgotten what was confirmed last, and it may come back from a backup.</summary>
public class CrashTests
{
    private const int Updates = 300;

    [PostgresFact]
    public async Task Crash_TransactionsWereSentBefore_ComeOnce()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(postgres.ConnectionString);
        await using var host = await FeedHost.StartAsync(database);
        await database.ExecuteAsync($"do $$ begin for i in 1..{Updates} loop update items set name = i where id = 1; commit; end loop; end $$");
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        Assert.Equal(Updates + 1, ReceivedUpdates(host));

        await postgres.RestartAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 3");
        await Until.TrueAsync(() => host.Removed.Contains("item:3"));

        // The last transaction comes again, to see that the server has it.
        Assert.InRange(ReceivedUpdates(host), Updates + 2, Updates + 3);
    }

    /// <summary>By itself the server moves the position from which it reads its WAL after a crash every 15 seconds.</summary>
    [PostgresFact]
    public async Task Writing_Much_LeavesLittleToReadAgainAfterACrash()
    {
        const int Rounds = 5;
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(postgres.ConnectionString);
        await database.ExecuteAsync("create table noise (text text)");
        await using var host = await FeedHost.StartAsync(database);
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds; round++)
        {
            await database.ExecuteAsync("insert into noise select repeat('x', 1000) from generate_series(1, 30000)");
            await Until.TrueAsync(async () => await database.ScalarAsync<bool>("select bool_and(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) < 16 * 1024 * 1024) from pg_replication_slots where not temporary"));
        }

        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, (Rounds - 1) * 15);
    }

    /// <summary>
    /// What the feed has sent last is not in the WAL of the server that came back: at its position is something else, or nothing yet. Entries filled since the backup hold what the database has never
    /// had, and their versions are ahead of it.
    /// </summary>
    [PostgresTheory]
    [InlineData(40_000, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public async Task Backup_Restored_ChangesSinceAreNotLostAndTheCacheIsEmptiedOnce(int rows, bool hasSlot)
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(postgres.ConnectionString);
        await database.ExecuteAsync("create table noise (text text)");
        await using var host = await FeedHost.StartAsync(database);
        await postgres.KillAsync();
        await postgres.BackUpAsync();
        await postgres.RestartAsync();
        await database.ExecuteAsync("insert into noise select repeat('x', 1000) from generate_series(1, 10000); update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
        await host.ReadAsync("item:1", "x");

        await postgres.KillAsync();
        string[] statements = ["update items set name = 'x' where id = 2", $"insert into noise select repeat('x', 1000) from generate_series(1, {rows})"];
        await postgres.RestoreAsync("postgres", hasSlot ? statements : [.. statements, "select pg_drop_replication_slot('hotshelf_postgres')"]);
        await postgres.RestartAsync();
        await Until.TrueAsync(() => host.Feed.GetStatus().Resets == 2);
        await database.ExecuteAsync("update items set name = 'x' where id = 3");
        await Until.TrueAsync(() => host.Removed.Contains("item:3"));
        Assert.Equal(hasSlot, host.Removed.Contains("item:2"));
        Assert.False(await host.IsCachedAsync("item:1"));
        Assert.Equal([hasSlot ? "restored" : "missing", "missing"], host.Feed.GetStatus().Events.Where(entry => entry.Kind == "reset").Select(entry => entry.Reason));
    }

    /// <summary>A worker consumes a change that the server has no more: that comes back from a backup, with another one.</summary>
    private static async Task ConsumeThenRestoreAsync(PostgresServer postgres, TestDatabase database, RedisServer redis)
    {
        await using var first = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await postgres.KillAsync();
        await postgres.BackUpAsync();
        await postgres.RestartAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => first.Removed.Contains("item:1"));
        await first.StopAsync();

        await postgres.KillAsync();
        await postgres.RestoreAsync("postgres", "update items set name = 'x' where id = 2");
        await postgres.RestartAsync();
    }

    /// <summary>The one that consumed before the restore has gone with what it knew.</summary>
    [ServersFact]
    public async Task Backup_RestoredBesideAnotherWorker_TheCacheIsEmptied()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(postgres.ConnectionString);
        await ConsumeThenRestoreAsync(postgres, database, redis);
        await using var second = await FeedHost.StartAsync(database, redis: redis.ConnectionString, caughtUp: false);
        await Until.TrueAsync(() => second.Removed.Contains("item:2"));
        Assert.Contains(second.Feed.GetStatus().Events, entry => entry is { Kind: "reset", Reason: "restored" });

        // Once: then the server's history is the one that the cache was told of.
        await second.StopAsync();
        await using var third = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        Assert.Equal(0, third.Feed.GetStatus().Resets);
    }

    /// <summary>What was sent last is in Redis, which does not answer when the session begins.</summary>
    [ServersFact]
    public async Task Backup_RestoredWhileRedisIsAwayAtTheStart_TheCacheIsEmptiedWhenItIsBack()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync(postgres.ConnectionString);
        await ConsumeThenRestoreAsync(postgres, database, redis);
        await redis.PauseAsync();
        await using var second = await FeedHost.StartAsync(database, redis: redis.ConnectionString, caughtUp: false);
        await Until.TrueAsync(() => ReceivedUpdates(second) > 0);
        await redis.ResumeAsync();
        await Until.TrueAsync(() => second.Removed.Contains("item:2"));
        Assert.Contains(second.Feed.GetStatus().Events, entry => entry is { Kind: "reset", Reason: "restored" });
    }

    private static long ReceivedUpdates(FeedHost host) => host.Feed.GetStatus().Tables[0].Updates;
}
