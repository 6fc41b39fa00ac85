using HotShelf.TestServers;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>Several workers: one consumes the slot, and the others take over without disturbing it.</summary>
[Collection(nameof(FeedServer))]
public class WorkersTests(FeedServer server)
{
    [ServersFact]
    public async Task Worker_ThatWaitsWithACacheOfItsOwn_SaysThatItMissesChanges()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var first = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await using var shared = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await using var alone = await FeedHost.StartAsync(database);
        Assert.Single(alone.Logged, log => log.Id.Name == "FeedCacheMissesChanges");
        Assert.DoesNotContain(shared.Logged, log => log.Id.Name == "FeedCacheMissesChanges");
    }

    [ServersFact]
    public async Task Workers_OfTwoServersWithOneNameOfTheDatabase_BothConsume()
    {
        const int Heartbeats = 15;
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var own = await PostgresServer.StartAsync();
        await using (var other = new TestDatabase(own.ConnectionString))
            await other.ExecuteAsync($"create database {database.Name}");
        await using var namesake = await TestDatabase.CreateAsync(own.ConnectionStringFor(database.Name));
        await using var first = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await using var second = await FeedHost.StartAsync(namesake, redis: redis.ConnectionString);
        await Until.TrueAsync(() => first.Feed.GetStatus().Transactions > Heartbeats && second.Feed.GetStatus().Transactions > Heartbeats);
        Assert.DoesNotContain(first.Logged.Concat(second.Logged), log => log.Id.Name == "FeedDisconnected");
        Assert.Equal(2, first.Feed.GetStatus().Resets + second.Feed.GetStatus().Resets);
    }

    [PostgresFact]
    public async Task Workers_Two_OneConsumesAndTheOtherTakesOver()
    {
        await using var database = await server.CreateAsync();
        await using var first = await FeedHost.StartAsync(database, options: Patient);
        await using var second = await FeedHost.StartAsync(database, options: Patient);
        Assert.Contains(second.Logged, log => log.Id.Name == "FeedStandingBy");
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => first.Removed.Contains("item:1"));
        Assert.Empty(second.Removed);
        await first.StopAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        // Within a second, on a machine that is not busy.
        await Until.TrueAsync(() => second.Removed.Contains("item:2"), seconds: 10);
        Assert.All(first.Logged.Concat(second.Logged), log => Assert.True(log.Level < LogLevel.Error, log.Message));

        // The server would free the slot of a worker that has gone, but not while the test runs.
        static void Patient(PostgresChangeFeedOptions options) => options.ConsumerTimeout = TimeSpan.FromMinutes(10);
    }

    [ServersFact]
    public async Task Workers_ThatStartAtOnce_DoNotDisturbEachOther()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        var hosts = await StartTogetherAsync(database, redis);
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => hosts.Any(host => host.Removed.Contains("item:1")));
        // The consumer has looked for other versions since.
        await Until.TrueAsync(() => hosts.Any(host => host.Feed.GetStatus().Transactions > 10));
        Assert.Single(hosts, host => host.Feed.GetStatus().State == "consuming");
        Assert.Equal(4, hosts.Count(host => host.Feed.GetStatus().State == "standing by"));
        Assert.All(hosts.SelectMany(host => host.Logged), log => Assert.True(log.Level < LogLevel.Warning || log.Id.Name is "FeedReset" or "FeedWalUnlimited", log.Message));
        Assert.Single(hosts.SelectMany(host => host.Logged), log => log.Id.Name == "FeedConnected");
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    [ServersFact]
    public async Task Slot_DroppedWhileSeveralStandBy_IsMadeByOneOfThem()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        var hosts = await StartTogetherAsync(database, redis);
        // Once: the next consumer may take it before it is dropped.
        await Until.TrueAsync(async () =>
        {
            await database.ExecuteAsync("select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database() and active");
            return await database.ScalarAsync<long>("select count(pg_drop_replication_slot(slot_name)::text) from pg_replication_slots where database = current_database() and not active and not temporary") == 1;
        });
        await Until.TrueAsync(() => hosts.Sum(host => host.Feed.GetStatus().Resets) > 1);
        await Until.TrueAsync(() => hosts.Count(host => host.Feed.GetStatus().State == "consuming") == 1 && hosts.Count(host => host.Feed.GetStatus().State == "standing by") == 4);
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => hosts.Any(host => host.Removed.Contains("item:1")));
        Assert.Equal(2, hosts.Sum(host => host.Feed.GetStatus().Resets));
        foreach (var host in hosts)
            await host.DisposeAsync();
    }

    [PostgresFact]
    public async Task Worker_FrozenWhileItMakesTheSlot_HoldsNobodyUp()
    {
        await using var database = await server.CreateAsync();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var frozen = await source.OpenConnectionAsync();
        await using (var command = new NpgsqlCommand($"select pg_advisory_lock(hashtextextended('hotshelf_{database.Name}', 0))", frozen))
            await command.ExecuteNonQueryAsync();
        await using var host = await FeedHost.StartAsync(database);
        await database.ExecuteAsync("update items set name = 'x' where id = 1");
        await Until.TrueAsync(() => host.Removed.Contains("item:1"));
        Assert.Equal(1, host.Feed.GetStatus().Resets);
        Assert.DoesNotContain(host.Logged, log => log.Id.Name == "FeedDisconnected");
    }

    private static Task<FeedHost[]> StartTogetherAsync(TestDatabase database, RedisServer redis) =>
        Task.WhenAll(Enumerable.Range(0, 5).Select(_ => FeedHost.StartAsync(database, redis: redis.ConnectionString)));
}
