using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Faults;

public sealed class ConnectionPolicyTests
{
    /// <summary>A command that waits for its connection would be executed when the server is back, long after its caller has given it up.</summary>
    [RedisFact]
    public async Task Command_ConnectionIsLost_FailsAtOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(ConfigurationOptions.Parse(redis.ConnectionString + ",asyncTimeout=60000").ForCaching());
        await redis.KillAsync();
        await Until.TrueAsync(() => !client.IsConnected, "the client notices that the server is gone");
        var read = ReadAsync();
        Assert.True(read.IsCompleted, "the command waits");
        await Assert.ThrowsAsync<RedisConnectionException>(() => read);

        async Task<RedisValue> ReadAsync() => await client.GetDatabase().StringGetAsync("a");
    }
}
