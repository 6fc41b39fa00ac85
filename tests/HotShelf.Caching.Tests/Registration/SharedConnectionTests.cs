using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Registration;

/// <summary>A connection that the application registered, and a setting of the cache's own.</summary>
public sealed class SharedConnectionTests
{
    [RedisFact]
    public async Task Setting_NamesAnotherRedis_IsUsedForDataAndTracking()
    {
        await using var jobs = await RedisServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(jobs.ConnectionString);
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient, services => services.AddSingleton<IConnectionMultiplexer>(client));
        await node.Cache.SetAsync("p:1", "ours");
        Assert.Contains("hs:v1:p:1", await redis.CommandAsync("KEYS *"), StringComparison.Ordinal);
        Assert.DoesNotContain("hs:v1", await jobs.CommandAsync("KEYS *"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Setting_TheRegisteredRedisIsAway_IsUsedAllTheSame()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient, services => services.AddSingleton<IConnectionMultiplexer>(_ => throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, "as the test wants it")));
        await node.Cache.SetAsync("p:1", "ours");
        Assert.Contains("hs:v1:p:1", await redis.CommandAsync("KEYS *"), StringComparison.Ordinal);
    }

    [RedisTheory]
    [InlineData("", true)]
    [InlineData(",defaultDatabase=0", true)]
    [InlineData(",user=default", false)]
    [InlineData(",defaultDatabase=1", false)]
    public async Task Setting_NamesTheSameServer_SharesTheConnectionUnlessItSaysMore(string more, bool isShared)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await using var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(client).AddHotShelfStorage(options => options.Redis = redis.ConnectionString + more).BuildServiceProvider();
        var database = await services.GetRequiredService<CacheStorage>().ConnectAsync();
        Assert.Equal(isShared, ReferenceEquals(client, database.Multiplexer));
    }

    [RedisFact]
    public async Task Setting_OfAKeyedCacheNamesAnotherRedis_IsUsed()
    {
        await using var jobs = await RedisServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(jobs.ConnectionString);
        await using var services = new ServiceCollection().AddKeyedSingleton<IConnectionMultiplexer>("reports", client).AddLogging().AddKeyedHotShelfCaching("reports", options => options.Redis = redis.ConnectionString).BuildServiceProvider();
        var database = await services.GetRequiredKeyedService<CacheStorage>("reports").ConnectAsync();
        Assert.NotSame(client, database.Multiplexer);
    }
}
