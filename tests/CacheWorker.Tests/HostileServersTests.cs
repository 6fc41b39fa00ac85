using HotShelf.Catalog.Tests;
using HotShelf.TestServers;

namespace HotShelf.CacheWorker.Tests;

/// <summary>Servers that are away, and servers that refuse: the worker waits, logs it, and goes on by itself.</summary>
public class HostileServersTests
{
    [ServersFact]
    public async Task Redis_ReadOnlyReplica_ChangesWaitAndAreSeenWhenItIsWritable()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await StartAsync(postgres, redis);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.FollowedAsync();
        await node.Products.FindAsync(1);
        // A replica without a reachable primary: reads go on, writes are refused.
        await redis.CommandAsync("REPLICAOF 127.0.0.1 1");
        await node.ExecuteAsync("update products set name = 'While read-only' where id = 1");
        await Until.TrueAsync(() => worker.Output.Contains("Cache invalidation not confirmed by Redis", StringComparison.Ordinal));
        await redis.CommandAsync("REPLICAOF NO ONE");
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "While read-only");
        await node.FollowedAsync();
        Assert.Equal("200", await worker.StatusAsync("/alive"));
    }

    [ServersFact]
    public async Task Redis_FullWithoutEviction_ChangesAreStillSeen()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await StartAsync(postgres, redis);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.FollowedAsync();
        await node.Products.FindAsync(1);
        await redis.CommandAsync("CONFIG SET maxmemory-policy noeviction");
        await redis.CommandAsync("CONFIG SET maxmemory 1mb");
        await node.ExecuteAsync("update products set name = 'While full' where id = 1");
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "While full");
        await redis.CommandAsync("CONFIG SET maxmemory 0");
        await node.FollowedAsync();
        Assert.Equal("200", await worker.StatusAsync("/alive"));
    }

    [ServersFact]
    public async Task Database_WithoutProducts_WarmsNothingAndIsReady()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using (var catalog = new TestCatalog(postgres.ConnectionString))
        {
            await catalog.Initializer.InitializeAsync();
            await catalog.ExecuteAsync("truncate products, prices, price_history, user_profiles");
        }

        await using var worker = await WorkerProcess.StartAsync(postgres, redis);
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        Assert.Contains("Warmed 0 keys", worker.Output, StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Worker_FrozenWithABatchInHand_OthersTakeItOver()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var frozen = await StartAsync(postgres, redis, "ChangeFeed__ConsumerTimeout=00:00:02");
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.FollowedAsync();
        await node.Products.FindAsync(1);
        await frozen.SignalAsync("STOP");
        await node.ExecuteAsync("update products set name = 'While frozen' where id = 1");
        await using var other = await StartAsync(postgres, redis);
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "While frozen");
        await frozen.SignalAsync("CONT");
        await node.ExecuteAsync("update products set name = 'Awake' where id = 1");
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "Awake");
        await node.FollowedAsync();
    }

    [ServersFact]
    public async Task Worker_Killed_TheOneThatStandsByTakesOver()
    {
        // Not after the time that the server gives a consumer: it sees that the connection has ended.
        const string Patient = "ChangeFeed__ConsumerTimeout=00:10:00";
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var killed = await StartAsync(postgres, redis, Patient);
        await using var other = await StartAsync(postgres, redis, Patient);
        Assert.Equal("standing by", (await other.FeedAsync()).State);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.FollowedAsync();
        await node.Products.FindAsync(1);
        await killed.KillAsync();
        await node.ExecuteAsync("update products set name = 'After the kill' where id = 1");
        // Within a second, on a machine that is not busy.
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "After the kill", seconds: 10);
    }

    private static async Task<WorkerProcess> StartAsync(PostgresServer postgres, RedisServer redis, params string[] settings)
    {
        var worker = await WorkerProcess.StartAsync(postgres, redis, [.. settings, "Worker__Warming__Products=0"]);
        await Until.TrueAsync(async () => await worker.StatusAsync("/health") == "200", seconds: 60);
        return worker;
    }
}
