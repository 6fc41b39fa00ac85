using System.Net;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Keeps a session with a server: connects, runs it, and when it breaks connects again after a while. It never throws; what happens is told once
/// per change of state: up, lost, refused.
/// </summary>
internal abstract class ServerLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private volatile bool _isUp;
    private Told _told;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    protected ServerLoop(TrackingOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        (Options, Time, Logger) = (options, time, logger);
        Route = new Route(options.EndPoints);
        Backoff = new Backoff(options.FirstBackoff, options.MaxBackoff);
    }

    private enum Told
    {
        Nothing,
        Up,
        Down,
        Refused,
    }

    /// <summary>Where and how to connect.</summary>
    protected TrackingOptions Options { get; }

    protected TimeProvider Time { get; }

    protected ILogger Logger { get; }

    protected Route Route { get; }

    protected Backoff Backoff { get; }

    protected bool IsUp => _isUp;

    /// <summary>Starts to connect and returns at once; to be called once.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends the session; when it returns nothing is told any more, and this end is not told either.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _isUp = false;
        _stopping.Dispose();
    }

    /// <summary>One session. It ends in an exception when it breaks; returning ends the loop.</summary>
    protected abstract Task RunSessionAsync(EndPoint endPoint, CancellationToken cancellationToken);

    /// <summary>The session that was up broke. Nothing of it runs any more.</summary>
    protected abstract void OnDown(EndPoint endPoint, Exception exception);

    /// <summary>The server will not have us; told once until it does.</summary>
    protected abstract void OnRefused(EndPoint endPoint, string reason);

    /// <summary>The session does what it is for, from now on.</summary>
    protected void MarkUp()
    {
        _isUp = true;
        _told = Told.Up;
    }

    /// <summary>Waits until it is time for the next sign of life, something signals, or the connection breaks.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    protected async Task IdleAsync(TrackingConnection connection, TimeSpan wait, Task signal, CancellationToken cancellationToken)
    {
        using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            await Task.WhenAny(connection.Completion, signal, Task.Delay(wait, Time, waiting.Token)).ConfigureAwait(false);
            await waiting.CancelAsync().ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (connection.Completion.IsCompleted)
            throw connection.Failure;
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var endPoint = Route.Next();
            try
            {
                await RunSessionAsync(endPoint, _stopping.Token).ConfigureAwait(false);
                return;
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

    /// <summary>Says what became of the session, and returns how long to wait before the next.</summary>
    private TimeSpan Report(EndPoint endPoint, Exception exception)
    {
        if (_isUp)
        {
            _isUp = false;
            _told = Told.Down;
            Guard(() => OnDown(endPoint, exception));
            // A server that served until now is asked first: most breaks are short.
            Route.GoTo(endPoint);
        }
        else if (exception is RedisErrorException { IsPassing: false } or RespException)
        {
            Route.Skip();
            if (_told is not Told.Refused)
                Guard(() => OnRefused(endPoint, exception.Message));
            _told = Told.Refused;
            // Half of the wait is left to chance, so that a fleet does not ask in step.
            return Options.RefusedRetry * (0.5 + (Random.Shared.NextDouble() / 2));
        }
        else
        {
            Route.Skip();
            if (_told is Told.Nothing)
                Log.TrackingUnreachable(Logger, endPoint, exception.Message);
            else
                Log.TrackingRetry(Logger, endPoint, exception.Message);
            _told = _told is Told.Nothing ? Told.Down : _told;
        }

        if (exception is NotPrimaryException { Primary: { } primary } && !Options.IsClusterNode)
        {
            Log.TrackingMoved(Logger, endPoint);
            Route.GoTo(primary);
        }

        return Backoff.Next();
    }

    /// <summary>The loop must survive its owner's defects, or they would become a silent outage.</summary>
    private void Guard(Action call)
    {
        try
        {
            call();
        }
        catch (Exception exception)
        {
            Log.TrackingHandlerFailed(Logger, exception);
        }
    }

    private async Task PauseAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, Time, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped: the loop sees it.
        }
    }
}
