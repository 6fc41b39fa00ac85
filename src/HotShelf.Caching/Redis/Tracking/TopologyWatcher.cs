using System.Net;
using HotShelf.Caching.Internal.Telemetry;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Detects one server or a cluster at the endpoints, and follows the cluster's changes over its own connection.</summary>
internal sealed class TopologyWatcher(TrackingOptions options, ITopologyOwner owner, TimeProvider time, ILogger logger) : ServerLoop(options, time, logger)
{
    private static readonly TimeSpan s_unsettledInterval = TimeSpan.FromMilliseconds(200);
    private TaskCompletionSource _poked = NewSignal();
    private long _answeredAt;

    /// <summary>Queries the topology at once, because it may have changed.</summary>
    public void Poke() => Volatile.Read(ref _poked).TrySetResult();

    protected override async Task RunSessionAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Reset before the query, as below.
            var poked = NewSignal();
            Volatile.Write(ref _poked, poked);
            await FollowClusterAsync(endPoint, cancellationToken).ConfigureAwait(false);
            await owner.UseStandaloneAsync().ConfigureAwait(false);
            await poked.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Nothing to report: each stream reports and logs its own losses.</summary>
    protected override void OnDown(EndPoint endPoint, Exception exception) => Log.TrackingRetry(Logger, endPoint, exception.Message);

    protected override void OnStillDown()
    {
        if (Time.GetElapsedTime(_answeredAt) >= Options.TopologyLimit)
            owner.OnUnanswered();
    }

    protected override void OnRefused(EndPoint endPoint, string reason)
    {
        Log.TrackingRefused(Logger, endPoint, reason, Options.RefusedRetry);
        owner.OnRefused(reason);
    }

    /// <summary>Returns when the server belongs to no cluster.</summary>
    private async Task FollowClusterAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var connection = await TrackingConnection.ConnectAsync(endPoint, Options, handler: null, Time, cancellationToken).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var hello = await connection.HelloAsync(cancellationToken).ConfigureAwait(false);
        if (!TrackingConnection.IsOfCluster(hello))
            return;
        while (true)
        {
            // Reset before the query: a later change may be missing in its answer.
            var poked = NewSignal();
            Volatile.Write(ref _poked, poked);
            var nodes = await connection.ExecuteAsync(["CLUSTER", "NODES"], null, cancellationToken).ConfigureAwait(false);
            var topology = ClusterTopology.Parse(nodes.Text, endPoint, Options.Tls is not null);
            if (topology.IsCutOff)
                throw new IOException("the node is disconnected from the majority of its cluster");
            if (!topology.Primaries.Any(primary => primary.OwnsSlots))
                throw new IOException("the cluster has no slots yet");
            MarkUp();
            Route.Replace([.. topology.Primaries.Select(primary => primary.EndPoint).Union(Options.EndPoints)]);
            await owner.UseClusterAsync(topology.Primaries).ConfigureAwait(false);
            _answeredAt = Time.GetTimestamp();
            var interval = owner.IsEstablished ? Options.TopologyInterval : Shorter(Options.TopologyInterval, s_unsettledInterval);
            await IdleAsync(connection, interval, poked.Task, cancellationToken).ConfigureAwait(false);
            Backoff.Reset();
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
