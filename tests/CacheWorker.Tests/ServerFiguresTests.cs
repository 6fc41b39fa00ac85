using HotShelf.CacheWorker.Telemetry;
using HotShelf.TestServers;
using Npgsql;
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

    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Redis_PrimaryIsAway_ItsReplicaDoesNotStandForIt(bool replicaIsFirst)
    {
        await using var one = await RedisServer.StartAsync();
        await using var other = await RedisServer.StartAsync();
        var servers = new[] { one, other }.OrderBy(static server => $"{server.Port}", StringComparer.Ordinal).ToArray();
        var (replica, primary) = replicaIsFirst ? (servers[0], servers[1]) : (servers[1], servers[0]);
        await replica.CommandAsync($"REPLICAOF 127.0.0.1 {primary.Port}");
        await replica.CommandAsync("CONFIG SET maxmemory 2gb");
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{primary.ConnectionString},127.0.0.1:{replica.Port},allowAdmin=true");
        await Until.TrueAsync(() => redis.GetServers().All(static server => server.IsConnected));
        Assert.Equal(0, (await RedisFigures.ReadAsync(redis)).MemoryLimit);

        await primary.KillAsync();
        await Until.TrueAsync(() => !redis.GetServer("127.0.0.1", primary.Port).IsConnected);

        await Assert.ThrowsAsync<RedisConnectionException>(() => RedisFigures.ReadAsync(redis));
    }

    [PostgresFact]
    public async Task Postgres_ConnectionsToOtherDatabases_AreCounted()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using (var create = database.CreateCommand("create database other"))
            await create.ExecuteNonQueryAsync();
        await using var other = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = "other" }.ConnectionString);
        await using var one = await other.OpenConnectionAsync();
        await using var two = await other.OpenConnectionAsync();
        await using var three = await other.OpenConnectionAsync();

        Assert.InRange((await PostgresFigures.ReadAsync(database, CancellationToken.None)).Connections, 4, 100);
    }
}
