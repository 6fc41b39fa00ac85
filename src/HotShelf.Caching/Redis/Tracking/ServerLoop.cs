using System.Net;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Keeps a session with a server: connects, runs it, and reconnects with backoff when it breaks. It never throws. Each change of state (up, lost, refused)
/// is reported once.
/// </summary>
internal abstract class ServerLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private volatile bool _isUp;
    private LoggedState _logged;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    protected ServerLoop(TrackingOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        (Options, Time, Logger) = (options, time, logger);
        Route = new Route(options.EndPoints);
        Backoff = new Backoff(options.FirstBackoff, options.MaxBackoff);
    }

    private enum LoggedState
    {
        None,
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

    /// <summary>Starts to connect and returns at once. Call once.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends the session. No handler is called after it returns, and disposal itself is not reported.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Disposes it, and returns whether the session was established until then.</summary>
    public async Task<bool> StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        var wasUp = _isUp;
        _isUp = false;
        _stopping.Dispose();
        return wasUp;
    }

    /// <summary>Runs one session. Throws when the session breaks; returning ends the loop.</summary>
    protected abstract Task RunSessionAsync(EndPoint endPoint, CancellationToken cancellationToken);

    /// <summary>An established session broke and has ended.</summary>
    protected abstract void OnDown(EndPoint endPoint, Exception exception);

    /// <summary>The server refused the session. Called once until a session is established.</summary>
    protected abstract void OnRefused(EndPoint endPoint, string reason);

    /// <summary>Another attempt failed while no session is established, and the server did not refuse it.</summary>
    protected virtual void OnStillDown()
    {
    }

    /// <summary>The session is established.</summary>
    protected void MarkUp()
    {
        _isUp = true;
        _logged = LoggedState.Up;
    }

    /// <summary>Waits for the next heartbeat, <paramref name="signal"/> or the end of the connection.</summary>
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
                // A failure during shutdown is expected.
            }
        }
    }

    /// <summary>Logs the end of the session and returns the wait before the next one.</summary>
    private TimeSpan Report(EndPoint endPoint, Exception exception)
    {
        if (_isUp)
        {
            _isUp = false;
            _logged = LoggedState.Down;
            Guard(() => OnDown(endPoint, exception));
            // Try the same server first: most breaks are short.
            Route.GoTo(endPoint);
        }
        else if (exception is RedisErrorException { IsTransient: false } or RespException)
        {
            Route.Skip(endPoint);
            if (_logged is not LoggedState.Refused)
                Guard(() => OnRefused(endPoint, exception.Message));
            _logged = LoggedState.Refused;
            // Half of the wait is random, so that the nodes of a fleet do not retry at the same moment.
            return Options.RefusedRetry * (0.5 + (Random.Shared.NextDouble() / 2));
        }
        else
        {
            Route.Skip(endPoint);
            if (_logged is LoggedState.None)
                Log.TrackingUnreachable(Logger, endPoint, exception.Message);
            else
                Log.TrackingRetry(Logger, endPoint, exception.Message);
            _logged = _logged is LoggedState.None ? LoggedState.Down : _logged;
            Guard(OnStillDown);
        }

        if (exception is NotPrimaryException { Primary: { } primary } && !Options.IsClusterNode)
        {
            Log.TrackingMoved(Logger, endPoint);
            Route.GoTo(primary);
        }

        return Backoff.Next();
    }

    /// <summary>An exception in a handler must not end the loop, because the outage would go unnoticed.</summary>
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
            // Stopped: the loop checks the token.
        }
    }
}
