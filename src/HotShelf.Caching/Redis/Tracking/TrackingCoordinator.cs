using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Client tracking of the configured endpoints: one <see cref="TrackingListener"/> for a single server, or one for each primary of a cluster, because
/// each primary reports only its own slots. Established when all listeners are, lost when any is.
/// </summary>
internal sealed partial class TrackingCoordinator : IAsyncDisposable
{
    private readonly TrackingOptions _options;
    private readonly ITrackingHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TopologyWatcher _watcher;
    private volatile TrackingListener? _standalone;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TrackingCoordinator(TrackingOptions options, ITrackingHandler handler, TimeProvider time, ILogger logger)
    {
        (_options, _handler, _time, _logger) = (options, handler, time, logger);
        _watcher = new TopologyWatcher(options, this, time, logger);
    }

    /// <summary>True while every change is reported.</summary>
    public bool IsEstablished => _standalone?.IsEstablished ?? _isClusterEstablished;

    /// <summary>The longest response time of the latest heartbeats; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _standalone is { } standalone ? standalone.LastRoundTrip : SlowestRoundTrip();

    /// <summary>The number of tracked servers; for tests and diagnostics.</summary>
    public int ListenerCount
    {
        get { lock (_gate) return _standalone is null ? _nodes.Count : 1; }
    }

    /// <summary>Starts to connect and returns at once. Call once.</summary>
    public void Start() => _watcher.Start();

    /// <summary>Stops listening. The handler is not called after it returns, and disposal itself is not reported.</summary>
    public async ValueTask DisposeAsync()
    {
        // Stop the watcher first: it adds listeners.
        await _watcher.DisposeAsync().ConfigureAwait(false);
        if (_standalone is { } standalone)
            await standalone.DisposeAsync().ConfigureAwait(false);
        await DisposeNodesAsync(TakeAllNodes()).ConfigureAwait(false);
    }
}
