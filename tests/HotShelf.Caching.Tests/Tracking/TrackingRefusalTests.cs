using System.Net;
using System.Net.Sockets;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Redis.Tracking;
using HotShelf.TestServers;
using static HotShelf.Caching.Tests.Tracking.RecordingHandler;

namespace HotShelf.Caching.Tests.Tracking;

public class TrackingRefusalTests
{
    private const string Hello = "%3\r\n$5\r\nproto\r\n:3\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n";

    [Fact]
    public async Task Start_ServerBeforeRedis6_IsRefusedWithoutItsEchoOfThePassword()
    {
        await using var server = await ScriptedServer.StartAsync(
            command => $"-ERR unknown command `HELLO`, with args beginning with: {string.Join(", ", command.Split(' ').Skip(1).Select(word => $"`{word}`"))}, \r\n");
        await using var fixture = Start(server, options => options with { Credentials = () => ("shelf", "open-sesame") });
        await fixture.Handler.ExpectAsync(Refused);
        Assert.Equal("ERR unknown command `HELLO`", fixture.Handler.Reason);
        Assert.Contains("HELLO 3 AUTH shelf open-sesame SETNAME hotshelf-tracking", server.Commands);
        Assert.DoesNotContain(fixture.Logger.Entries, entry => entry.Message.Contains("open-sesame", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_ServerRepeatsThePasswordElsewhere_ItIsMasked()
    {
        await using var server = await ScriptedServer.StartAsync(command => $"-ERR what is this: {command}\r\n");
        await using var fixture = Start(server, options => options with { Credentials = () => (null, "open-sesame") });
        await fixture.Handler.ExpectAsync(Refused);
        Assert.Equal("ERR what is this: HELLO 3 AUTH default *** SETNAME hotshelf-tracking", fixture.Handler.Reason);
    }

    [Fact]
    public async Task Start_ServerWithoutClientTracking_IsRefusedOnceAndTakenWhenItDoes()
    {
        var tries = 0;
        await using var server = await ScriptedServer.StartAsync(command => command switch
        {
            ['H', ..] => Hello,
            ['C', ..] when ++tries <= 3 => "-ERR Unknown subcommand or wrong number of arguments for 'tracking'\r\n",
            ['C', ..] => "+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\n{t:1}\r\n",
            _ => "+PONG\r\n",
        });
        await using var fixture = Start(server, options => options with { RefusedRetry = TimeSpan.FromMilliseconds(20) });
        await fixture.Handler.ExpectAsync(Refused, Established, "{t:1}");
        Assert.StartsWith("ERR Unknown subcommand", fixture.Handler.Reason, StringComparison.Ordinal);
        Assert.Equal((1, 1, 0), (fixture.Logger.Count(Log.TrackingRefusedId), fixture.Logger.Count(Log.TrackingBackId), fixture.Logger.Count(Log.TrackingUnreachableId)));
    }

    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory")]
    [InlineData("BUSY Redis is busy running a script.")]
    [InlineData("ERR max number of clients reached")]
    public async Task Start_ServerIsOnlyBusy_IsTriedSoonAndNotRefused(string error)
    {
        var tries = 0;
        await using var server = await ScriptedServer.StartAsync(command => command switch
        {
            ['H', ..] when ++tries <= 3 => $"-{error}\r\n",
            ['H', ..] => Hello,
            ['C', ..] => "+OK\r\n",
            _ => "+PONG\r\n",
        });
        await using var fixture = Start(server, options => options);
        await fixture.Handler.ExpectAsync(Established);
    }

    [Fact]
    public async Task Start_ServerAnswersWithAnotherProtocol_IsRefused()
    {
        await using var server = await ScriptedServer.StartAsync(_ => "*2\r\n$5\r\nproto\r\n:2\r\n");
        await using var fixture = Start(server, options => options);
        await fixture.Handler.ExpectAsync(Refused);
    }

    [RedisFact]
    public async Task Start_UserWithoutTheRight_IsRefusedWithTheServersWords()
    {
        await using var redis = await RedisServer.StartAsync("--user", "shelf", "on", ">open-sesame", "~*", "+@all", "-client|tracking");
        await using var fixture = ListenerFixture.Start(ListenerFixture.Options(redis.Port) with { Credentials = () => ("shelf", "open-sesame") });
        await fixture.Handler.ExpectAsync(Refused);
        Assert.StartsWith("NOPERM", fixture.Handler.Reason, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Start_TooManyClients_IsTriedOnUntilThereIsRoom()
    {
        await using var redis = await RedisServer.StartAsync("--maxclients", "2");
        using var first = new TcpClient("127.0.0.1", redis.Port);
        using var second = new TcpClient("127.0.0.1", redis.Port);
        await using var fixture = ListenerFixture.Start(ListenerFixture.Options(redis.Port));
        await Until.TrueAsync(() => fixture.Logger.Count(Log.TrackingUnreachableId) == 1);
        first.Close();
        await fixture.Handler.ExpectAsync(Established);
    }

    [Fact]
    public async Task Watch_ServerBreaksEveryConnectionAtOnce_ReportsEachBreakAndWaitsLonger()
    {
        await using var server = await ScriptedServer.StartAsync(command => command[0] == 'H' ? Hello : "+OK\r\n?");
        await using var fixture = Start(server, options => options with { FirstBackoff = TimeSpan.FromMilliseconds(20), MaxBackoff = TimeSpan.FromMilliseconds(50) });
        await fixture.Handler.ExpectAsync(Established, Lost, Established, Lost, Established, Lost);
    }

    private static ListenerFixture Start(ScriptedServer server, Func<TrackingOptions, TrackingOptions> change) =>
        ListenerFixture.Start(change(ListenerFixture.Options(((IPEndPoint)server.EndPoint).Port)));
}
