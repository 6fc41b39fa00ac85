using HotShelf.CacheWorker.Telemetry;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

/// <summary>What the worker reads of the servers.</summary>
public class ServerFiguresTests
{
    [RedisFact]
    public async Task Redis_Cluster_IsAlwaysTheSameServer()
    {
        await using var cluster = await RedisCluster.StartAsync();
        for (var node = 0; node < cluster.Nodes.Count; node++)
            await cluster.Nodes[node].CommandAsync($"CONFIG SET maxmemory {node + 1}gb");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.ConnectionString + ",allowAdmin=true");

        var limits = new HashSet<long?>();
        for (var round = 0; round < 20; round++)
            limits.Add((await RedisFigures.ReadAsync(redis)).MemoryLimit);

        Assert.Single(limits);
    }
}
