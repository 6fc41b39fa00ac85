using System.Net;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// Listens to one server for changes under a prefix, over its own connection. It reconnects when the connection breaks or stops responding, and
/// moves from a replica to its primary. Changes of state are reported to the handler and logged once.
/// </summary>
/// <param name="options">Where and how to listen.</param>
/// <param name="handler">Receives the changes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="onCluster">Called when the one server turns out to belong to a cluster: its changes alone are not all.</param>
internal sealed class TrackingListener(TrackingOptions options, ITrackingHandler handler, TimeProvider time, ILogger logger, Action? onCluster = null)
    : ServerLoop(options, time, logger)
{
    private long _roundTripTicks = -1;

    /// <summary>True while every change is reported.</summary>
    public bool IsEstablished => IsUp;

    /// <summary>The response time of the latest heartbeat; null before the first.</summary>
    public TimeSpan? LastRoundTrip => Interlocked.Read(ref _roundTripTicks) is >= 0 and var ticks ? new TimeSpan(ticks) : null;

    protected override async Task RunSessionAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = await TrackingConnection.ConnectAsync(endPoint, Options, handler, Time, cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var hello = await connection.HelloAsync(cancellationToken).ConfigureAwait(false);
        if (!Options.IsClusterNode && TrackingConnection.IsOfCluster(hello))
        {
            onCluster?.Invoke();
            throw new IOException("the server belongs to a cluster");
        }

        await connection.EnsurePrimaryAsync(hello, cancellationToken).ConfigureAwait(false);
        await connection.TrackAsync(() => Establish(endPoint), cancellationToken).ConfigureAwait(false);
        await WatchAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs after the reader has ended, so that handler calls do not overlap.</summary>
    protected override void OnDown(EndPoint endPoint, Exception exception)
    {
        if (exception is HandlerFailedException { InnerException: { } cause })
            Log.TrackingHandlerFailed(Logger, cause);
        Log.TrackingLost(Logger, endPoint, exception.Message);
        handler.OnLost();
    }

    protected override void OnRefused(EndPoint endPoint, string reason)
    {
        Log.TrackingRefused(Logger, endPoint, reason, Options.RefusedRetry);
        handler.OnRefused(reason);
    }

    /// <summary>Runs on the connection's reader, between the server's OK and the first push.</summary>
    private void Establish(EndPoint endPoint)
    {
        MarkUp();
        try
        {
            handler.OnEstablished();
        }
        catch (Exception exception)
        {
            throw new HandlerFailedException(exception);
        }

        Log.TrackingBack(Logger, endPoint);
    }

    /// <summary>Sends a heartbeat at intervals: without one, a dead connection looks like one without changes.</summary>
    private async Task WatchAsync(TrackingConnection connection, CancellationToken cancellationToken)
    {
        var asked = Time.GetTimestamp();
        var never = new TaskCompletionSource().Task;
        while (true)
        {
            await IdleAsync(connection, Options.Heartbeat, never, cancellationToken).ConfigureAwait(false);
            await connection.RenewCredentialsAsync(cancellationToken).ConfigureAwait(false);
            var sent = Time.GetTimestamp();
            if (!Options.IsClusterNode && Time.GetElapsedTime(asked, sent) >= Options.RoleInterval)
            {
                await connection.EnsurePrimaryAsync(cancellationToken).ConfigureAwait(false);
                asked = sent;
            }
            else
            {
                await connection.ExecuteAsync(["PING"], null, cancellationToken).ConfigureAwait(false);
            }

            Interlocked.Exchange(ref _roundTripTicks, Time.GetElapsedTime(sent).Ticks);
            // Reset the backoff only after the connection has lasted for a while, so that connections that break at once are not retried in a tight loop.
            Backoff.Reset();
        }
    }
}
