using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Fleet;

/// <summary>A managed server may refuse CLIENT TRACKING: HotShelf's own writers then tell each other.</summary>
public sealed class PubSubFallbackTests : IAsyncLifetime
{
    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-client|tracking");

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [RedisFact]
    public async Task Remove_OnOneNode_EndsTheCopyOfAnother()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await using var b = await Node.StartAsync(_redis.ConnectionString);
        Assert.Equal("pubsub", b.Inner.CoherenceName);
        var current = "old";
        ValueTask<string> Read(Node node) => node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult(current), tags: ["shelf"]);
        Assert.Equal("old", await Read(a));
        Assert.Equal("old", await Read(b));
        current = "new";
        await a.Cache.RemoveAsync("product:1");
        await Until.TrueAsync(async () => await Read(b) == "new");
        current = "newer";
        await a.Cache.RemoveByTagAsync("shelf");
        await Until.TrueAsync(async () => await Read(b) == "newer");
    }

    [RedisFact]
    public async Task Remove_ByANodeThatTracks_ReachesOneThatCannot()
    {
        await using var listening = await Node.StartAsync(_redis.ConnectionString);
        Assert.Equal("pubsub", listening.Inner.CoherenceName);
        await _redis.CommandAsync("ACL SETUSER default +client|tracking");
        await using var other = await Node.StartAsync(_redis.ConnectionString);
        Assert.Equal("tracking", other.Inner.CoherenceName);
        // A fleet of both kinds: the one that tracks tells the one that cannot.
        Assert.Equal("old", await listening.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("old")));
        await other.Cache.RemoveAsync("product:1");
        await Until.TrueAsync(async () => await listening.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("new")) == "new");
    }
}
