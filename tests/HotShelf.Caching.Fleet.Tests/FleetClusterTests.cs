using HotShelf.TestServers;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>The same on a real Redis Cluster: all figures in one slot, all entries in many.</summary>
public sealed class FleetClusterTests
{
    [RedisFact]
    public async Task Fleet_OnACluster_PublishesAndIsRead()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var a = await Node.StartAsync(cluster.ConnectionString);
        await using var b = await Node.StartAsync(cluster.ConnectionString);
        await using var reader = new Reader(cluster.ConnectionString);
        for (var id = 0; id < 20; id++)
            await a.Cache.GetOrCreateAsync($"product:{id}", _ => ValueTask.FromResult("value"));
        await b.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("value"));

        await Until.TrueAsync(async () => (await reader.Fleet.GetNodesAsync()).Count == 2, what: "both nodes are there");
        await Until.TrueAsync(async () => (await reader.TotalAsync("product")) is { Misses: 20, RemoteHits: 1 }, what: "all reads are counted");
        // b keeps no copy of what it read while the push of a's store was still on its way to it.
        await Until.TrueAsync(async () =>
        {
            await b.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("value"));
            return (await reader.Fleet.FindHoldersAsync("product:1")).All(holder => holder.Copy == CopyState.Fresh);
        }, what: "both hold it");
        await reader.UntilAsync(happened => happened.Kind == CacheEventKind.Fill, "a fill");
        Assert.Equal("value", (await reader.Fleet.DescribeAsync("product:7", withValue: true))!.Value!.Text);

        var servers = await reader.Fleet.GetServersAsync();
        Assert.Equal(cluster.Nodes.Select(node => $"127.0.0.1:{node.Port}").Order(StringComparer.Ordinal), servers.Select(server => server.EndPoint));
        var sample = await reader.Fleet.SampleAsync();
        Assert.Equal((20, 20), (sample.Families.Single().Entries, sample.Families.Single().Fresh));

        await reader.Fleet.BumpVersionAsync("ada");
        await Until.TrueAsync(async () => await b.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("new")) == "new", what: "everything is hidden");
    }

    [RedisFact]
    public async Task Sample_OfOneServerWithManyForeignKeys_ScalesThatServerOnly()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var node = await Node.StartAsync(cluster.ConnectionString);
        await using var reader = new Reader(cluster.ConnectionString);
        for (var id = 0; id < 300; id++)
            await node.Cache.GetOrCreateAsync($"product:{id}", _ => ValueTask.FromResult("value"));
        // A node that owns none of the keys would refuse them; this command asks no slot.
        await cluster.Nodes[0].CommandAsync("DEBUG POPULATE 10000");
        var sample = await reader.Fleet.SampleAsync();
        Assert.False(sample.IsComplete);
        // 200 on the two other servers, and about 100 by a sample of a sixth.
        Assert.InRange(sample.Families.Single().Entries, 200, 420);
    }
}
