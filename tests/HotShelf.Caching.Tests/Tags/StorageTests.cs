using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Tags;

/// <summary>What tools and hands do to the ledger without a cache.</summary>
public sealed class StorageTests
{
    [RedisFact]
    public async Task BumpVersion_MoreRemovalsThanOneAnswerHas_ReturnsItsTime()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient);
        await node.Cache.RemoveByTagAsync(Enumerable.Range(0, 5_100).Select(i => $"tag{i}"));
        var storage = node.Services.GetRequiredService<CacheStorage>();

        var bumped = await storage.BumpVersionAsync();

        Assert.Equal(await storage.FindBumpAsync(), bumped);
    }

    [RedisTheory]
    [InlineData("x")]
    [InlineData("foo")]
    [InlineData("*foo")]
    public async Task KeyBesideTheLedger_ThatReportsNoRemoval_IsIgnored(string name)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient);
        var storage = node.Services.GetRequiredService<CacheStorage>();
        var database = await storage.ConnectAsync();
        ValueTask<string> ReadAsync(string value) => node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(value), tags: ["t"]);
        await ReadAsync("old");

        await database.StringSetAsync($"{{hs:v1:#}}{name}", "1");
        // The next report has come after that one, and the node records both together.
        await database.StringSetAsync("{hs:v1:#}t:next", "1");
        await Until.TrueAsync(async () => await ScoreAsync("t:next") is not null, what: "the next report is recorded");

        Assert.Equal("tracking", node.Inner.CoherenceName);
        Assert.Null(await ScoreAsync(name));
        await node.Cache.RemoveByTagAsync("t");
        Assert.Equal("new", await ReadAsync("new"));

        Task<double?> ScoreAsync(string member) => database.SortedSetScoreAsync("{hs:v1:#}", member, CommandFlags.DemandMaster);
    }

    [RedisTheory]
    [InlineData("f")]
    [InlineData("foo")]
    public async Task NameInTheLedger_ThatNoCacheWrites_IsIgnored(string name)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient);
        var database = await node.Services.GetRequiredService<CacheStorage>().ConnectAsync();
        await node.Cache.RemoveByTagAsync("t");
        foreach (var key in (RedisKey[])["{hs:v1:#}", "{hs:v1:#}!copy"])
            await database.SortedSetAddAsync(key, name, await ScoreAsync() + 1);

        await node.Cache.RemoveByTagAsync("t");

        Assert.Equal([new("t:t", (long)await ScoreAsync())], node.Inner.Tags.All());

        async Task<double> ScoreAsync() => (await database.SortedSetScoreAsync("{hs:v1:#}", "t:t", CommandFlags.DemandMaster))!.Value;
    }

    [RedisFact]
    public async Task Remove_OneVersionIsNegative_ThrowsAndRemovesNothing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient);
        var storage = node.Services.GetRequiredService<CacheStorage>();
        await node.Cache.SetAsync("p:1", "value");
        KeyValuePair<string, long>[] versions = [new("p:1", 0), new("p:2", -1)];

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("keys", () => storage.RemoveAsync("v1", versions, ["t"], []));

        Assert.NotNull(await storage.FindAsync("p:1"));
        Assert.Null(await (await storage.ConnectAsync()).SortedSetScoreAsync("{hs:v1:#}", "t:t"));
    }
}
