using System.Net;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Finds out what is at the endpoints, one server or a cluster, and follows the cluster's changes over a connection of its own.</summary>
internal sealed class TopologyWatcher(TrackingOptions options, ITopologyOwner owner, TimeProvider time, ILogger logger) : ServerLoop(options, time, logger)
{
    private static readonly TimeSpan s_unsettledInterval = TimeSpan.FromMilliseconds(200);
    private TaskCompletionSource _poked = NewSignal();

    /// <summary>Asks again at once: something has happened that may have changed the cluster.</summary>
    public void Poke() => Volatile.Read(ref _poked).TrySetResult();

    protected override async Task RunSessionAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = await TrackingConnection.ConnectAsync(endPoint, Options, handler: null, Time, cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var hello = await connection.HelloAsync(cancellationToken).ConfigureAwait(false);
        if (hello.Find("mode")?.Text != "cluster")
        {
            owner.UseStandalone();
            return;
        }

        while (true)
        {
            // Before asking: whatever happens from here on may not be in the answer.
            var poked = NewSignal();
            Volatile.Write(ref _poked, poked);
            var nodes = await connection.AskAsync(["CLUSTER", "NODES"], null, cancellationToken).ConfigureAwait(false);
            var topology = ClusterTopology.Parse(nodes.Text, endPoint, Options.Tls is not null);
            if (topology.IsCutOff)
                throw new IOException("the node is disconnected from the majority of its cluster");
            if (!topology.Primaries.Any(primary => primary.OwnsSlots))
                throw new IOException("the cluster has no slots yet");
            MarkUp();
            Route.Replace([.. topology.Primaries.Select(primary => primary.EndPoint).Union(Options.EndPoints)]);
            await owner.UseClusterAsync(topology.Primaries).ConfigureAwait(false);
            var interval = owner.IsEstablished ? Options.TopologyInterval : Shorter(Options.TopologyInterval, s_unsettledInterval);
            await IdleAsync(connection, interval, poked.Task, cancellationToken).ConfigureAwait(false);
            Backoff.Reset();
        }
    }

    /// <summary>The streams tell and log their own losses; this connection only steers them.</summary>
    protected override void OnDown(EndPoint endPoint, Exception exception) => Log.TrackingRetry(Logger, endPoint, exception.Message);

    protected override void OnRefused(EndPoint endPoint, string reason)
    {
        Log.TrackingRefused(Logger, endPoint, reason, Options.RefusedRetry);
        owner.OnRefused(reason);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
