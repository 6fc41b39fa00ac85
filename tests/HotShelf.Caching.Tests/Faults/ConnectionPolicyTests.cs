using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Redis;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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

    /// <summary>Keys may hold personal data, and exceptions are logged.</summary>
    [RedisFact]
    public async Task Command_Fails_DoesNotNameItsKey()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(ConfigurationOptions.Parse(redis.ConnectionString).ForCaching());
        await redis.KillAsync();
        await Until.TrueAsync(() => !client.IsConnected, "the client notices that the server is gone");
        var failure = await Assert.ThrowsAsync<RedisConnectionException>(() => client.GetDatabase().StringGetAsync("user-profile:mallory"));
        Assert.DoesNotContain("mallory", failure.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The connection may be the application's own, which names keys in its exceptions.</summary>
    [Fact]
    public async Task Circuit_Opens_LogsTheKindOfFailureWithoutTheKey()
    {
        var log = new LogCollector(LogLevel.Information);
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)))
        {
            Fails = static operation => operation == RemoteOperation.Get,
            Fault = new RedisConnectionException(ConnectionFailureType.SocketClosed, CommandFlags.None, "No connection is active/available to service this operation: GET {hs:v1:user-profile:mallory}"),
        };
        await using var node = Node.Over(store, configure: static options => options.BreakerThreshold = 1, register: services => services.AddSingleton<ILoggerFactory>(log));

        await node.Cache.GetOrCreateAsync("user-profile:mallory", static _ => ValueTask.FromResult("a"));

        var opened = Assert.Single(log.Entries, static entry => entry.Event.Id == Log.CircuitOpenedId);
        Assert.Contains(nameof(RedisConnectionException), opened.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Entries, static entry => $"{entry.Message} {entry.Exception}".Contains("mallory", StringComparison.Ordinal));
    }

    [Fact]
    public void Reason_OfAFailure_SaysWhyTheConnectionWasLost() =>
        Assert.Equal("RedisConnectionException, AuthenticationFailure", RedisStore.Describe(new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, CommandFlags.None, "GET {hs:v1:p:1}")));
}
