using System.Net;
using System.Net.Sockets;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Redis.Tracking;
using HotShelf.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using static HotShelf.Caching.Tests.Tracking.RecordingHandler;

namespace HotShelf.Caching.Tests.Tracking;

public class TrackingListenerTests
{
    [RedisFact]
    public async Task OnInvalidated_ChangesByOthers_AreReportedInOrder()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await redis.CommandAsync("SET {t:1} a");
        await redis.CommandAsync("SET other a");
        await redis.CommandAsync("DEL {t:1}");
        await redis.CommandAsync("SET {t:2} a PX 30");
        // Told when set, and again when its time is over.
        await fixture.Handler.ExpectAsync("{t:1}", "{t:1}", "{t:2}", "{t:2}");
    }

    [RedisFact]
    public async Task OnInvalidated_KeyIsEvicted_IsReported()
    {
        await using var redis = await RedisServer.StartAsync("--maxmemory-policy", "allkeys-random");
        await redis.CommandAsync("SET {t:1} a");
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await redis.CommandAsync("CONFIG SET maxmemory 1");
        await redis.CommandAsync("SET unrelated a");
        await fixture.Handler.ExpectAsync("{t:1}");
    }

    [RedisTheory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    public async Task OnFlushed_ServerIsFlushed_IsReported(string command)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await redis.CommandAsync(command);
        await fixture.Handler.ExpectAsync(Flushed);
    }

    [RedisFact]
    public async Task OnInvalidated_ThousandsOfKeysAtOnce_AllAreReported()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        // One script is one turn of the server, so all keys come in one push that spans many reads.
        await redis.CommandAsync("EVAL \"for i=1,20000 do redis.call('set', '{t:'..i..'}'..string.rep('k', i % 600), 'v') end\" 0");
        var keys = new HashSet<string>();
        while (keys.Count < 20_000)
            keys.Add(await fixture.Handler.NextAsync());
        Assert.All(Enumerable.Range(1, 20_000), i => Assert.Contains($"{{t:{i}}}{new string('k', i % 600)}", keys));
    }

    [RedisFact]
    public async Task Start_ServerIsKilledAndStartedAgain_LostThenEstablishedWithinASecond()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await redis.KillAsync();
        await fixture.Handler.ExpectAsync(Lost);
        Assert.False(fixture.Listener.IsEstablished);
        await redis.RestartAsync();
        await fixture.Handler.ExpectAsync(Established);
        await redis.CommandAsync("SET {t:1} a");
        await fixture.Handler.ExpectAsync("{t:1}");
        Assert.Equal((1, 2), (fixture.Logger.Count(Log.TrackingLostId), fixture.Logger.Count(Log.TrackingBackId)));
    }

    [RedisFact]
    public async Task Heartbeat_ServerIsFrozen_LostThenEstablished()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port) with { AnswerTimeout = TimeSpan.FromMilliseconds(500) });
        await redis.PauseAsync();
        await fixture.Handler.ExpectAsync(Lost);
        await redis.ResumeAsync();
        await fixture.Handler.ExpectAsync(Established);
        await redis.CommandAsync("SET {t:1} a");
        await fixture.Handler.ExpectAsync("{t:1}");
    }

    [RedisFact]
    public async Task Heartbeat_QuietServer_StaysEstablishedAndMeasuresTheRoundTrip()
    {
        await using var redis = await RedisServer.StartAsync();
        var options = ListenerFixture.Options(redis.Port) with { Heartbeat = TimeSpan.FromMilliseconds(10), RoleInterval = TimeSpan.FromMilliseconds(30) };
        await using var fixture = await ListenerFixture.StartEstablishedAsync(options);
        await Until.TrueAsync(async () => (await redis.CommandAsync("INFO commandstats")).Contains("cmdstat_ping", StringComparison.Ordinal));
        await Until.TrueAsync(() => fixture.Listener.LastRoundTrip is { } trip && trip > TimeSpan.Zero);
        await redis.CommandAsync("SET {t:1} a");
        await fixture.Handler.ExpectAsync("{t:1}");
    }

    [RedisFact]
    public async Task Start_ConnectionIsKilledByAnOperator_LostThenEstablished()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await redis.CommandAsync("CLIENT KILL TYPE normal SKIPME yes");
        await fixture.Handler.ExpectAsync(Lost, Established);
    }

    [RedisFact]
    public async Task Start_NoServerYet_EstablishedWhenItComes()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var fixture = ListenerFixture.Start(ListenerFixture.Options(redis.Port));
        await Until.TrueAsync(() => fixture.Logger.Count(Log.TrackingUnreachableId) == 1);
        await redis.RestartAsync();
        await fixture.Handler.ExpectAsync(Established);
        Assert.Equal(1, fixture.Logger.Count(Log.TrackingUnreachableId));
    }

    [RedisFact]
    public async Task Start_AclUser_IsEstablished()
    {
        await using var redis = await RedisServer.StartAsync("--user", "shelf", "on", ">open-sesame", "~*", "&*", "+@all");
        var options = ListenerFixture.Options(redis.Port) with { Credentials = () => ("shelf", "open-sesame") };
        await using var fixture = await ListenerFixture.StartEstablishedAsync(options);
        Assert.Contains("user=shelf", await redis.CommandAsync("CLIENT LIST"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Start_AclUserOfLeastRights_IsEstablishedAndStays()
    {
        await using var redis = await RedisServer.StartAsync("--user", "shelf", "on", ">open-sesame", "resetkeys", "resetchannels", "-@all", "+hello", "+ping", "+client|tracking");
        var options = ListenerFixture.Options(redis.Port) with
        {
            Credentials = () => ("shelf", "open-sesame"),
            Heartbeat = TimeSpan.FromMilliseconds(10),
            RoleInterval = TimeSpan.FromMilliseconds(10),
        };
        await using var fixture = await ListenerFixture.StartEstablishedAsync(options);
        await Until.TrueAsync(() => fixture.Listener.LastRoundTrip is not null);
        await redis.CommandAsync("SET {t:1} a");
        await fixture.Handler.ExpectAsync("{t:1}");
    }

    [RedisFact]
    public async Task Start_ServerWithPassword_IsEstablished()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "open-sesame");
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port) with { Credentials = () => (null, "open-sesame") });
    }

    [RedisTheory]
    [InlineData("guess", "WRONGPASS")]
    [InlineData(null, "NOAUTH")]
    public async Task Start_WrongPassword_IsRefusedOnceAndTriedAgain(string? password, string reason)
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "open-sesame");
        var options = ListenerFixture.Options(redis.Port) with { Credentials = () => (null, password), RefusedRetry = TimeSpan.FromMilliseconds(20) };
        await using var fixture = ListenerFixture.Start(options);
        await fixture.Handler.ExpectAsync(Refused);
        Assert.StartsWith(reason, fixture.Handler.Reason, StringComparison.Ordinal);
        await redis.CommandAsync("AUTH open-sesame\r\nCONFIG SET requirepass \"" + (password ?? "") + "\"");
        await fixture.Handler.ExpectAsync(Established);
        Assert.Equal(1, fixture.Logger.Count(Log.TrackingRefusedId));
        Assert.DoesNotContain(fixture.Logger.Entries, entry => password is not null && entry.Message.Contains(password, StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task Start_FirstEndpointIsAReplica_ConnectsToItsPrimary()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(replica.Port));
        Assert.Contains("name=hotshelf-tracking", await primary.CommandAsync("CLIENT LIST"), StringComparison.Ordinal);
    }

    /// <summary>The address by which a replica knows its primary need not work from here, and the primary may be in the list under another one.</summary>
    [RedisFact]
    public async Task Start_ReplicaNamesAnAddressThatDoesNotWork_ConnectsToThePrimaryInTheList()
    {
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        // Bound and not listening: nobody else gets the port, and connections are refused.
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var primary = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {((IPEndPoint)closed.LocalEndPoint!).Port}");
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(replica.Port, primary.Port));
        Assert.Contains("name=hotshelf-tracking", await primary.CommandAsync("CLIENT LIST"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Heartbeat_ServerBecomesAReplica_MovesToTheNewPrimary()
    {
        await using var first = await RedisServer.StartAsync();
        await using var second = await RedisServer.StartAsync();
        var options = ListenerFixture.Options(first.Port, second.Port) with { RoleInterval = TimeSpan.FromMilliseconds(100) };
        await using var fixture = await ListenerFixture.StartEstablishedAsync(options);
        await first.CommandAsync($"REPLICAOF 127.0.0.1 {second.Port}");
        await fixture.Handler.WaitForAsync(Lost);
        await fixture.Handler.WaitForAsync(Established);
        await second.CommandAsync("SET {t:1} a");
        await fixture.Handler.WaitForAsync("{t:1}");
        Assert.Contains("name=hotshelf-tracking", await second.CommandAsync("CLIENT LIST"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Start_PrimaryDiesAndItsReplicaIsPromoted_ConnectsToTheReplica()
    {
        await using var first = await RedisServer.StartAsync("--repl-diskless-sync-delay", "0");
        await using var second = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {first.Port}");
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(first.Port, second.Port));
        await first.KillAsync();
        await fixture.Handler.WaitForAsync(Lost);
        await second.CommandAsync("REPLICAOF NO ONE");
        await fixture.Handler.WaitForAsync(Established);
        await second.CommandAsync("SET {t:1} a");
        await fixture.Handler.WaitForAsync("{t:1}");
    }

    [RedisFact]
    public async Task OnInvalidated_HandlerThrows_StreamIsLostAndMadeAnew()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        fixture.Handler.OnKey = key =>
        {
            if (key == "{t:bad}")
                throw new InvalidOperationException($"defect at {key}");
        };
        await redis.CommandAsync("SET {t:bad} a");
        await fixture.Handler.ExpectAsync(Lost, Established);
        await redis.CommandAsync("SET {t:good} a");
        await fixture.Handler.ExpectAsync("{t:good}");
        Assert.Equal(1, fixture.Logger.Count(Log.TrackingHandlerFailedId));
        Assert.DoesNotContain(fixture.Logger.Entries, entry => entry.Message.Contains("{t:bad}", StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task DisposeAsync_Listening_ClosesTheConnectionAndReportsNothingMore()
    {
        await using var redis = await RedisServer.StartAsync();
        var fixture = await ListenerFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await fixture.DisposeAsync();
        await Until.TrueAsync(async () => !(await redis.CommandAsync("CLIENT LIST")).Contains("hotshelf-tracking", StringComparison.Ordinal));
        Assert.Equal([Established], fixture.Handler.All);
        Assert.False(fixture.Listener.IsEstablished);
    }

    [Fact]
    public void ToString_OptionsWithPassword_HideIt() =>
        Assert.DoesNotContain("open-sesame", (ListenerFixture.Options(1) with { Credentials = () => ("u", "open-sesame") }).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Constructor_ValueOutOfRange_NamesItAndTheAllowedRange()
    {
        var options = ListenerFixture.Options(1) with { Heartbeat = TimeSpan.Zero };
        var thrown = Assert.Throws<ArgumentException>(() => new TrackingListener(options, new RecordingHandler(), TimeProvider.System, NullLogger.Instance));
        Assert.Contains("TrackingOptions.Heartbeat: 00:00:00 is not between 10 ms and an hour", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_EndpointIsNoRedisServer_ReportsRefusedAndDoesNotThrow()
    {
        await using var server = await ScriptedServer.StartAsync(_ => "HTTP/1.1 400 Bad Request\r\n\r\n");
        await using var fixture = ListenerFixture.Start(ListenerFixture.Options(((IPEndPoint)server.EndPoint).Port));
        await fixture.Handler.ExpectAsync(Refused);
    }
}
