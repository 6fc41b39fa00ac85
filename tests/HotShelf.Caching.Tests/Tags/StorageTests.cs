using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Tags;

/// <summary>What tools do to the ledger without a cache.</summary>
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
}
