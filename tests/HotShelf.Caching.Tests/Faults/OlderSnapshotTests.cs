using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Faults;

/// <summary>A server takes over that has not received the latest writes: a replica that was behind, or the same server from its last snapshot.</summary>
public sealed class OlderSnapshotTests
{
    [RedisFact]
    public async Task Invalidation_ThatTheNewServerHasNotReceived_IsRepeated()
    {
        var folder = Directory.CreateTempSubdirectory("hotshelf-");
        try
        {
            await RunAsync(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string folder)
    {
        await using var redis = await RedisServer.StartAsync("--dir", folder);
        await using var writer = await Node.StartAsync(redis.ConnectionString);
        await using var reader = await Node.StartAsync(redis.ConnectionString);
        var value = "old";
        ValueTask<string> ReadAsync(Node node) => node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(value));
        await ReadAsync(writer);
        await ReadAsync(reader);
        await redis.CommandAsync("SAVE");
        value = "new";
        await writer.Cache.RemoveAsync("p:1");
        await redis.KillAsync();
        await redis.RestartAsync();
        await Until.TrueAsync(() => writer.Inner.CoherenceName == "tracking" && writer.Inner.PendingInvalidationCount == 0 && writer.Inner.RemoteState == "closed", "the writer's connection is back", seconds: 60);
        Assert.Equal("new", await ReadAsync(writer));
        await Until.TrueAsync(async () => await ReadAsync(reader) == "new", "the other node reads the new value");
    }
}
