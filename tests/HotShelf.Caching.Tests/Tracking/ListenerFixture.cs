using System.Net;
using HotShelf.Caching.Redis.Tracking;
using HotShelf.TestServers;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>A started listener with what it told and logged.</summary>
internal sealed class ListenerFixture : IAsyncDisposable
{
    public const string Prefix = "{t:";

    private ListenerFixture(TrackingOptions options)
    {
        Listener = new TrackingListener(options, Handler, TimeProvider.System, Logger.CreateLogger(nameof(TrackingListener)));
        Listener.Start();
    }

    public TrackingListener Listener { get; }

    public RecordingHandler Handler { get; } = new();

    public LogCollector Logger { get; } = new(LogLevel.Information);

    public static TrackingOptions Options(params int[] ports) => new()
    {
        EndPoints = [.. ports.Select(port => new IPEndPoint(IPAddress.Loopback, port))],
        Prefix = Prefix,
        Heartbeat = TimeSpan.FromMilliseconds(100),
        // Long, so that a busy machine is not taken for a lost server; tests of that set a short one.
        AnswerTimeout = TimeSpan.FromSeconds(20),
        ConnectTimeout = TimeSpan.FromSeconds(20),
    };

    public static ListenerFixture Start(TrackingOptions options) => new(options);

    public static async Task<ListenerFixture> StartEstablishedAsync(TrackingOptions options)
    {
        var fixture = new ListenerFixture(options);
        await fixture.Handler.ExpectAsync(RecordingHandler.Established);
        return fixture;
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        Assert.False(Handler.HasOverlapped, "two calls to the handler overlapped");
    }
}
