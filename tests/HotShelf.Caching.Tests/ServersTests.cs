using HotShelf.TestServers;

namespace HotShelf.Caching.Tests;

public class ServersTests
{
    [ServersFact]
    public async Task Start_BothServers_AnswerAndEnd()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        Assert.StartsWith("+PONG", await redis.CommandAsync("PING"), StringComparison.Ordinal);
        await redis.KillAsync();
        await redis.RestartAsync();
        await postgres.RestartAsync();
        Assert.StartsWith("+PONG", await redis.CommandAsync("PING"), StringComparison.Ordinal);
    }
}
