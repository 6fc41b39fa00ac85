using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Fleet;

/// <summary>A managed server may refuse CLIENT TRACKING: L1 copies then live <see cref="HotShelfCachingOptions.IncoherentLocal"/> at most.</summary>
public sealed class RefusedTrackingTests : IAsyncLifetime
{
    private RedisServer? _redis;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is null)
            _redis = await RedisServer.StartAsync("--user", "default", "on", "nopass", "~*", "&*", "+@all", "-client|tracking");
    }

    public async Task DisposeAsync()
    {
        if (_redis is not null)
            await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task Remove_OnAnotherNode_IsSeenWithinIncoherentLocal()
    {
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        var current = "old";
        ValueTask<string> Read(Node node) => node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult(current), tags: ["shelf"]);
        Assert.Equal("old", await Read(a));
        Assert.Equal("old", await Read(b));
        Assert.Equal("lost", b.Inner.CoherenceName);
        Assert.True(b.Inner.Local.Find("product:1") is not { } copy || copy.Times.LocalUntil - copy.Times.Created <= 1_500);
        current = "new";
        await a.Cache.RemoveAsync("product:1");
        await Until.TrueAsync(async () => await Read(b) == "new");
        current = "newer";
        await a.Cache.RemoveByTagAsync("shelf");
        await Until.TrueAsync(async () => await Read(b) == "newer");
    }

    private Task<Node> StartAsync() => Node.StartAsync(_redis!.ConnectionString, untilCoherent: false);
}
