using System.Net;
using HotShelf.Caching.Redis.Tracking;
using HotShelf.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using static HotShelf.Caching.Tests.Tracking.RecordingHandler;

namespace HotShelf.Caching.Tests.Tracking;

public class TrackingCoordinatorTests
{
    [RedisFact]
    public async Task Start_StandaloneServer_ListensToIt()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(redis.Port));
        await redis.CommandAsync("SET {t:1} a");
        await stream.Handler.ExpectAsync("{t:1}");
        await redis.KillAsync();
        await stream.Handler.ExpectAsync(Lost);
        await redis.RestartAsync();
        await stream.Handler.ExpectAsync(Established);
    }

    [RedisFact]
    public async Task Start_WrongPassword_IsRefusedOnceAndTriedAgain()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "open-sesame");
        var options = ListenerFixture.Options(redis.Port) with { Credentials = () => (null, "guess"), RefusedRetry = TimeSpan.FromMilliseconds(20) };
        await using var stream = CoordinatorFixture.Start(options);
        await stream.Handler.ExpectAsync(Refused);
        await redis.CommandAsync("AUTH open-sesame\r\nCONFIG SET requirepass guess");
        await stream.Handler.ExpectAsync(Established);
    }

    [RedisFact]
    public async Task Start_OneSeedOfACluster_ReportsChangesOfEveryPrimary()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(cluster.Nodes[1].Port));
        Assert.Equal(3, stream.Coordinator.ListenerCount);
        var owners = new HashSet<RedisServer>();
        for (var index = 0; owners.Count < 3; index++)
        {
            var key = $"{{t:{index}}}";
            owners.Add(await cluster.OwnerAsync(key));
            await (await cluster.OwnerAsync(key)).CommandAsync($"SET {key} a");
            await stream.Handler.ExpectAsync(key);
        }

        await Until.TrueAsync(() => stream.Coordinator.LastRoundTrip is not null);
    }

    [RedisFact]
    public async Task Start_SlotIsResharded_NoChangeIsMissedAndNothingIsLost()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(cluster.Nodes[0].Port));
        const string Key = "{t:moved}";
        var from = await cluster.OwnerAsync(Key);
        var to = cluster.Nodes.First(node => node != from);
        await from.CommandAsync($"SET {Key} a");
        await stream.Handler.ExpectAsync(Key);
        await cluster.MoveSlotAsync(await cluster.SlotAsync(Key), from, to);
        // The move itself removes the key from one server and creates it on another: both are told.
        await stream.Handler.ExpectAsync(Key, Key);
        await to.CommandAsync($"SET {Key} b");
        await stream.Handler.ExpectAsync(Key);
        Assert.DoesNotContain(Lost, stream.Handler.All);
    }

    [RedisFact]
    public async Task Start_PrimaryJoinsAndGetsASlot_ReportsItsChangesWithoutALoss()
    {
        await using var cluster = await RedisCluster.StartAsync();
        var options = ListenerFixture.Options(cluster.Nodes[0].Port) with { TopologyInterval = TimeSpan.FromMilliseconds(20) };
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(options);
        const string Key = "{t:moved}";
        var joined = await cluster.AddNodeAsync();
        await cluster.UntilAllAgreeAsync();
        await Until.TrueAsync(async () => (await joined.CommandAsync("CLIENT LIST")).Contains("hotshelf-tracking", StringComparison.Ordinal));
        await cluster.MoveSlotAsync(await cluster.SlotAsync(Key), await cluster.OwnerAsync(Key), joined);
        await joined.CommandAsync($"SET {Key} b");
        await stream.Handler.ExpectAsync(Key);
        Assert.DoesNotContain(Lost, stream.Handler.All);
    }

    [RedisFact]
    public async Task Start_PrimaryIsKilledAndStartedAgain_LostUntilItIsBack()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(cluster.Nodes[0].Port));
        await cluster.Nodes[2].KillAsync();
        await stream.Handler.ExpectAsync(Lost);
        Assert.False(stream.Coordinator.IsEstablished);
        await cluster.Nodes[2].RestartAsync();
        await stream.Handler.ExpectAsync(Established);
        Assert.True(stream.Coordinator.IsEstablished);
    }

    [RedisFact]
    public async Task Start_AskedNodeIsKilled_TopologyIsFollowedThroughAnother()
    {
        await using var cluster = await RedisCluster.StartAsync();
        var replica = await cluster.AddReplicaAsync(cluster.Nodes[0]);
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(cluster.Nodes[0].Port));
        await cluster.Nodes[0].KillAsync();
        await stream.Handler.ExpectAsync(Lost);
        // The replica is elected, the others tell so, and the stream is whole again without the dead node.
        await stream.Handler.ExpectAsync(Established);
        Assert.Contains("hotshelf-tracking", await replica.CommandAsync("CLIENT LIST"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Start_ReplicaTakesOverInGoodOrder_StreamMovesToIt()
    {
        await using var cluster = await RedisCluster.StartAsync();
        var replica = await cluster.AddReplicaAsync(cluster.Nodes[0]);
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(cluster.Nodes[1].Port));
        var key = await KeyOfAsync(cluster, cluster.Nodes[0]);
        await TakeOverAsync(replica);
        await Until.TrueAsync(async () => stream.Coordinator is { IsEstablished: true, ListenerCount: 3 }
            && (await replica.CommandAsync("CLIENT LIST")).Contains("hotshelf-tracking", StringComparison.Ordinal), what: "the new primary's stream takes the old one's place");
        await replica.CommandAsync($"SET {key} b");
        await stream.Handler.WaitForAsync(key);
        // Whole again as often as it was lost: not once when the new primary was listened to before it had its slots.
        Assert.Equal(stream.Handler.All.Count(told => told == Lost) + 1, stream.Handler.All.Count(told => told == Established));
    }

    [RedisFact]
    public async Task Start_UserLosesTheRightToAskForNodes_LostSinceANewPrimaryWouldNotBeNoticed()
    {
        await using var cluster = await RedisCluster.StartAsync(primaries: 1);
        var redis = cluster.Nodes[0];
        await redis.CommandAsync("ACL SETUSER shelf on >open-sesame -@all +hello +ping +client|tracking +cluster|nodes");
        var options = ListenerFixture.Options(redis.Port) with
        {
            Credentials = () => ("shelf", "open-sesame"),
            TopologyInterval = TimeSpan.FromMilliseconds(20),
            RefusedRetry = TimeSpan.FromMilliseconds(20),
        };
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(options);
        await redis.CommandAsync("ACL SETUSER shelf -cluster|nodes");
        await stream.Handler.ExpectAsync(Lost, Refused);
        await redis.CommandAsync("ACL SETUSER shelf +cluster|nodes");
        await stream.Handler.ExpectAsync(Established);
    }

    [Theory]
    [InlineData("standalone", "cluster", 1)]
    [InlineData("cluster", "standalone", 0)]
    public async Task Start_ServerChangesItsModeBehindTheSameAddress_IsTrackedAsWhatItIs(string before, string after, int heartbeatsToCut)
    {
        var (mode, cuts, port) = (before, 0, 0);
        await using var server = await ScriptedServer.StartAsync(command => command switch
        {
            ['H', ..] => Hello(Volatile.Read(ref mode)),
            "CLUSTER NODES" => Volatile.Read(ref mode) == "cluster" ? OnlyNode(port) : null,
            "PING" => Interlocked.Exchange(ref cuts, 0) > 0 ? null : "+PONG\r\n",
            _ => "+OK\r\n",
        });
        port = ((IPEndPoint)server.EndPoint).Port;
        var options = ListenerFixture.Options(port) with { TopologyInterval = TimeSpan.FromMilliseconds(20) };
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(options);
        server.Commands.Clear();
        Volatile.Write(ref mode, after);
        Volatile.Write(ref cuts, heartbeatsToCut);
        await stream.Handler.ExpectAsync(Lost, Established);
        Assert.Equal(1, stream.Coordinator.ListenerCount);
        if (after == "cluster")
            Assert.Contains("CLUSTER NODES", server.Commands);
    }

    [Fact]
    public async Task Start_NoNodeAnswersTheQueryForNodes_LostSinceANewPrimaryWouldNotBeNoticed()
    {
        var (answers, port) = (true, 0);
        await using var server = await ScriptedServer.StartAsync(command => command switch
        {
            ['H', ..] => Hello("cluster"),
            "CLUSTER NODES" => Volatile.Read(ref answers) ? OnlyNode(port) : null,
            "PING" => "+PONG\r\n",
            _ => "+OK\r\n",
        });
        port = ((IPEndPoint)server.EndPoint).Port;
        var options = ListenerFixture.Options(port) with { TopologyInterval = TimeSpan.FromMilliseconds(20), TopologyLimit = TimeSpan.FromMilliseconds(50) };
        await using var stream = await CoordinatorFixture.StartEstablishedAsync(options);
        Volatile.Write(ref answers, false);
        await stream.Handler.ExpectAsync(Lost);
        Volatile.Write(ref answers, true);
        await stream.Handler.ExpectAsync(Established);
    }

    [RedisFact]
    public async Task DisposeAsync_ClusterUnderLoad_EndsAndReportsNothingMore()
    {
        await using var cluster = await RedisCluster.StartAsync();
        var stream = await CoordinatorFixture.StartEstablishedAsync(ListenerFixture.Options(cluster.Nodes[0].Port));
        const string Key = "{t:1}";
        var owner = await cluster.OwnerAsync(Key);
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await owner.CommandAsync($"SET {Key} a");
        });
        await stream.Handler.WaitForAsync(Key);
        await stream.DisposeAsync();
        var told = stream.Handler.All.Count;
        await owner.CommandAsync($"SET {Key} last");
        Assert.Equal(told, stream.Handler.All.Count);
        await stop.CancelAsync();
        await load;
    }

    private static string Hello(string mode) => $"%3\r\n$5\r\nproto\r\n:3\r\n$4\r\nmode\r\n${mode.Length}\r\n{mode}\r\n$4\r\nrole\r\n$6\r\nmaster\r\n";

    private static string OnlyNode(int port)
    {
        var line = $"id 127.0.0.1:{port}@{port} myself,master - 0 0 1 connected 0-16383";
        return $"${line.Length}\r\n{line}\r\n";
    }

    private static async Task<string> KeyOfAsync(RedisCluster cluster, RedisServer owner)
    {
        for (var index = 0; ; index++)
        {
            var key = $"{{t:{index}}}";
            if (await cluster.OwnerAsync(key) == owner)
                return key;
        }
    }

    // The vote may fail on a busy machine, and the replica gives up after five seconds. Asked earlier it would only begin anew.
    private static async Task TakeOverAsync(RedisServer replica)
    {
        for (var attempt = 0; ; attempt++)
        {
            await replica.CommandAsync("CLUSTER FAILOVER");
            try
            {
                await Until.TrueAsync(async () => (await replica.CommandAsync("ROLE")).Contains("master", StringComparison.Ordinal), what: "the replica has taken over", seconds: 6);
                return;
            }
            catch (TimeoutException) when (attempt < 4)
            {
                // Once more.
            }
        }
    }

    /// <summary>A started coordinator with what it told and logged.</summary>
    private sealed class CoordinatorFixture : IAsyncDisposable
    {
        private CoordinatorFixture(TrackingOptions options)
        {
            Coordinator = new TrackingCoordinator(options, Handler, TimeProvider.System, NullLogger.Instance);
            Coordinator.Start();
        }

        public TrackingCoordinator Coordinator { get; }

        public RecordingHandler Handler { get; } = new();

        public static CoordinatorFixture Start(TrackingOptions options) => new(options);

        public static async Task<CoordinatorFixture> StartEstablishedAsync(TrackingOptions options)
        {
            var fixture = new CoordinatorFixture(options);
            await fixture.Handler.ExpectAsync(Established);
            return fixture;
        }

        public async ValueTask DisposeAsync()
        {
            await Coordinator.DisposeAsync();
            Assert.False(Handler.HasOverlapped, "two calls to the handler overlapped");
        }
    }
}
