using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// The stream of changes of whatever is at the endpoints: of one server through one <see cref="TrackingListener"/>, or of a cluster, where each
/// primary tells only its own slots, through one for each primary. Established when all of them are, lost when any is.
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

    /// <summary>True while every change is told.</summary>
    public bool IsEstablished => _standalone?.IsEstablished ?? _isClusterEstablished;

    /// <summary>How long the slowest server took to answer the last sign of life that was asked; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _standalone is { } standalone ? standalone.LastRoundTrip : SlowestRoundTrip();

    /// <summary>How many servers are listened to; for tests and for operators.</summary>
    public int ListenerCount
    {
        get { lock (_gate) return _standalone is null ? _nodes.Count : 1; }
    }

    /// <summary>Starts to connect and returns at once; to be called once.</summary>
    public void Start() => _watcher.Start();

    /// <summary>Stops listening; when it returns the handler is not called any more, and it is not told of this end.</summary>
    public async ValueTask DisposeAsync()
    {
        // The watcher first: it is the one that adds listeners.
        await _watcher.DisposeAsync().ConfigureAwait(false);
        if (_standalone is { } standalone)
            await standalone.DisposeAsync().ConfigureAwait(false);
        await DisposeNodesAsync(TakeAllNodes()).ConfigureAwait(false);
    }
}
