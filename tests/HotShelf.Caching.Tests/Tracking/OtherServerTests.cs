using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using HotShelf.Caching.Redis.Tracking;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>After a failover, the stream and the connection that reads values may talk to different servers.</summary>
public sealed class OtherServerTests
{
    [RedisFact]
    public async Task Stream_OfAnotherServerThanTheOneReadFrom_DoesNotCount()
    {
        await using var demoted = await RedisServer.StartAsync();
        await using var promoted = await RedisServer.StartAsync();
        await using var node = Over(demoted.Port, promoted.Port);
        await Until.TrueAsync(async () => (await promoted.CommandAsync("CLIENT LIST")).Contains("hotshelf-tracking", StringComparison.Ordinal));
        await Until.TrueAsync(async () => await DeletedAsync(demoted) >= 3, what: "three probes");
        Assert.Equal("lost", node.Inner.CoherenceName);
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("value"));
        Assert.True(node.Inner.Local.Find("p:1") is not { } copy || copy.Times.LocalUntil - copy.Times.Created <= 1_500, "a copy from the demoted server lives long");
        // The connection finds the promoted server; here, the promoted one reports what each probe writes.
        await using var source = await ConnectionMultiplexer.ConnectAsync(demoted.ConnectionString);
        await using var target = await ConnectionMultiplexer.ConnectAsync(promoted.ConnectionString);
        await demoted.CommandAsync("CONFIG SET notify-keyspace-events Eg");
        await source.GetSubscriber().SubscribeAsync(RedisChannel.Literal("__keyevent@0__:del"), (_, key) => target.GetDatabase().StringSet((string)key!, "x", flags: CommandFlags.FireAndForget));
        await Until.TrueAsync(() => node.Inner.Coherence == CoherenceState.Tracking, "the reported probe counts");
        Assert.Equal("tracking", node.Inner.CoherenceName);
    }

    /// <summary>One address that leads to another server from now on, as a virtual address or a name does. The stream's connection has not noticed.</summary>
    [RedisFact]
    public async Task Stream_WhoseServerTheDataConnectionHasLeft_DoesNotCount()
    {
        await using var left = await RedisServer.StartAsync();
        await using var entered = await RedisServer.StartAsync();
        await using var address = new TcpProxy(left.Port);
        await using var node = Over(address.Port, left.Port);
        await node.UntilCoherentAsync();
        address.Target = entered.Port;
        address.Cut();
        await Until.TrueAsync(() => node.Inner.Coherence == CoherenceState.Lost, "the stream no longer counts");
        // The address leads back.
        address.Target = left.Port;
        address.Cut();
        await node.UntilCoherentAsync();
    }

    [RedisFact]
    public async Task Stream_WhileTheDataConnectionBreaks_CountsOn()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var address = new TcpProxy(redis.Port);
        await using var node = Over(address.Port, redis.Port);
        await node.UntilCoherentAsync();
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("value"));
        await Until.TrueAsync(() => node.Inner.Local.Find("p:1") is not null);
        var probed = await DeletedAsync(redis);
        address.Cut();
        await Until.TrueAsync(async () => await DeletedAsync(redis) > probed, what: "a probe");
        Assert.Equal(CoherenceState.Tracking, node.Inner.Coherence);
        Assert.NotNull(node.Inner.Local.Find("p:1"));
    }

    /// <param name="data">The port that values are read from and written to.</param>
    /// <param name="stream">The port of the server that reports changes.</param>
    private static Node Over(int data, int stream)
    {
        var options = new HotShelfCachingOptions();
        var keys = new RedisKeys(options.Prefix, options.Version);
        var connection = RedisConnection.Own(ConfigurationOptions.Parse($"127.0.0.1:{data},abortConnect=false"));
        var tracking = new TrackingOptions { EndPoints = [new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, stream)], Prefix = keys.TrackedPrefix };
        return Node.Over(new RedisStore(connection, keys, new RedisCoherence(connection, keys, () => tracking, TimeProvider.System, NullLogger.Instance), options));
    }

    private static async Task<int> DeletedAsync(RedisServer server)
    {
        var statistics = await server.CommandAsync("INFO commandstats");
        var calls = statistics.Split('\n').FirstOrDefault(line => line.StartsWith("cmdstat_del:", StringComparison.Ordinal))?.Split("calls=")[1].Split(',')[0];
        return int.Parse(calls ?? "0", System.Globalization.CultureInfo.InvariantCulture);
    }
}
