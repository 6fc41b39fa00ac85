using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

public class AuditTests
{
    [ServersFact]
    public async Task Frame_WrittenBehindTheCachesBack_IsReportedUntilItIsGone()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(
            postgres, redis, "Worker__Warming__Products=0", "Worker__Audit__Interval=00:00:01", "Worker__Audit__Promise=00:00:02");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        // So few that every round reaches the last one.
        await node.ExecuteAsync("delete from products where id > 20");
        await node.FollowedAsync();
        await node.Products.FindAsync(20);
        await node.Prices.FindAsync(20);
        await Until.TrueAsync(async () => (await worker.AuditAsync()).Checked > 0);
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var key = client.GetServers().Single().Keys(pattern: "*product:20*").Single(candidate => !candidate.ToString().Contains('!', StringComparison.Ordinal));
        var old = await client.GetDatabase().StringGetAsync(key);

        await node.ExecuteAsync("update products set name = 'New' where id = 20");
        await Until.TrueAsync(async () => (await node.Products.FindAsync(20))!.Name == "New");
        Assert.Empty((await worker.AuditAsync()).Violations);
        await client.GetDatabase().StringSetAsync(key, old);

        await Until.TrueAsync(async () => (await worker.AuditAsync()).Open > 0, seconds: 30);
        var report = await worker.AuditAsync();
        var violation = Assert.Single(report.Violations);
        Assert.Equal("product:20", violation.Key);
        Assert.True(violation.Cached < violation.Stored, $"{violation}");
        Assert.InRange(report.Ratio!.Value, 0.1, 0.9999);
        Assert.Contains("AuditViolation", worker.Output, StringComparison.Ordinal);
        var feed = await worker.FeedAsync();
        Assert.Equal(("productdb", "consuming"), (feed.Name, feed.State));
        Assert.Equal(1, feed.Tables.Single(table => table.Table == "products").Updates);
        await client.GetDatabase().KeyDeleteAsync(key);
        await Until.TrueAsync(async () => (await worker.AuditAsync()).Open == 0, seconds: 30);
        Assert.Single((await worker.AuditAsync()).Violations);

        await client.GetDatabase().StringSetAsync(key, old);
        await Until.TrueAsync(() => worker.Output.Split("AuditViolation").Length == 3, seconds: 30);

        // An entry that is ahead: versions only grow, so the database never had it, as after a restore.
        await client.GetDatabase().KeyDeleteAsync(key);
        await Until.TrueAsync(async () => (await worker.AuditAsync()).Open == 0, seconds: 30);
        var version = (await node.Products.FindAsync(20))!.Version;
        var ahead = await client.GetDatabase().StringGetAsync(key);
        await node.ExecuteAsync("alter table products disable trigger products_stamp; update products set version = version - 1 where id = 20");
        await node.FollowedAsync();
        await client.GetDatabase().StringSetAsync(key, ahead);
        await Until.TrueAsync(async () => (await worker.AuditAsync()) is { Open: 1, Violations: [{ Key: "product:20" } first, ..] } && first.Cached == version && first.Stored == version - 1, seconds: 30);

        // An audit that fails says so, once.
        await node.ExecuteAsync("alter table products rename to products_before");
        await Until.TrueAsync(() => worker.Output.Contains("AuditFailed", StringComparison.Ordinal), seconds: 30);
        await node.ExecuteAsync("alter table products_before rename to products");
        var rounds = (await worker.AuditAsync()).Rounds;
        await Until.TrueAsync(async () => (await worker.AuditAsync()).Rounds > rounds, seconds: 30);
        Assert.Equal(2, worker.Output.Split("AuditFailed").Length);

        // A round that cannot ask Redis says nothing about the entry.
        await Until.TrueAsync(async () => (await worker.AuditAsync()).Open == 1, seconds: 30);
        await redis.KillAsync();
        await Until.TrueAsync(() => worker.Output.Split("AuditFailed").Length == 3, seconds: 30);
        Assert.Equal(1, (await worker.AuditAsync()).Open);
    }
}
