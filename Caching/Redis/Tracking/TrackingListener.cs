using System.Net;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Listens to one server for changes under a prefix, over a connection of its own, and keeps listening: it connects again when the
/// connection breaks or falls silent, and goes from a replica to its primary. Its loop never throws; what happens is told to the handler and logged once.
/// </summary>
internal sealed partial class TrackingListener : IAsyncDisposable
{
    private readonly TrackingOptions _options;
    private readonly ITrackingHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Route _route;
    private readonly Backoff _backoff;
    private Task _loop = Task.CompletedTask;
    private volatile bool _isEstablished;
    private long _roundTripTicks = -1;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TrackingListener(TrackingOptions options, ITrackingHandler handler, TimeProvider time, ILogger logger)
    {
        options.Validate();
        (_options, _handler, _time, _logger) = (options, handler, time, logger);
        _route = new Route(options.EndPoints);
        _backoff = new Backoff(options.FirstBackoff, options.MaxBackoff);
    }

    /// <summary>True while every change is told.</summary>
    public bool IsEstablished => _isEstablished;

    /// <summary>How long the server took to answer the last sign of life that was asked; null before the first.</summary>
    public TimeSpan? LastRoundTrip => Interlocked.Read(ref _roundTripTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    /// <summary>Starts to connect and returns at once; to be called once.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Stops listening; when it returns the handler is not called any more, and it is not told of this end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _isEstablished = false;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var endPoint = _route.Next();
            try
            {
                await ListenAsync(endPoint, _stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                await PauseAsync(Report(endPoint, exception)).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Whatever breaks while we are being stopped breaks because of it.
            }
        }
    }

    /// <summary>One connection from its beginning to its end, which is always an exception.</summary>
    private async Task ListenAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = await TrackingConnection.ConnectAsync(endPoint, _options, _handler, _time, cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var hello = await connection.HelloAsync(cancellationToken).ConfigureAwait(false);
        await connection.EnsurePrimaryAsync(hello, cancellationToken).ConfigureAwait(false);
        await connection.TrackAsync(() => Establish(endPoint), cancellationToken).ConfigureAwait(false);
        await WatchAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for a sign of life now and then: a peer that is gone without a word looks like one to which nothing happens.</summary>
    private async Task WatchAsync(TrackingConnection connection, CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        while (true)
        {
            using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                await Task.WhenAny(connection.Completion, Task.Delay(_options.Heartbeat, _time, waiting.Token)).ConfigureAwait(false);
                await waiting.CancelAsync().ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (connection.Completion.IsCompleted)
                throw connection.Failure;
            var sent = _time.GetTimestamp();
            if (_time.GetElapsedTime(asked, sent) >= _options.RoleInterval)
            {
                await connection.EnsurePrimaryAsync(cancellationToken).ConfigureAwait(false);
                asked = sent;
            }
            else
            {
                await connection.AskAsync(["PING"], null, cancellationToken).ConfigureAwait(false);
            }

            Interlocked.Exchange(ref _roundTripTicks, _time.GetElapsedTime(sent).Ticks);
            // Only a connection that has lived for a while ends the longer waits: one that breaks at once each time must not be made in a tight loop.
            _backoff.Reset();
        }
    }

    private async Task PauseAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, _time, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped: the loop sees it.
        }
    }

    /// <summary>Which server comes next: the primary that a replica named, else the endpoints in turn, the one that worked first.</summary>
    private sealed class Route(IReadOnlyList<EndPoint> endPoints)
    {
        private EndPoint? _named;
        private int _index;

        public EndPoint Next()
        {
            var next = _named ?? endPoints[_index];
            _named = null;
            return next;
        }

        public void GoTo(EndPoint endPoint) => _named = endPoint;

        public void Skip() => _index = (_index + 1) % endPoints.Count;
    }
}
