using System.Net;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Adds and removes listeners.</summary>
internal sealed partial class TrackingCoordinator : ITopologyOwner
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EndPoint, Node> _nodes = [];

    async Task ITopologyOwner.UseStandaloneAsync()
    {
        if (_standalone is not null)
            return;
        // There may have been a cluster at the same address.
        await UseNodesAsync([]).ConfigureAwait(false);
        // One server needs no merging: it calls the handler directly.
        var listener = new TrackingListener(_options, _handler, _time, _logger, _watcher.Poke);
        _standalone = listener;
        listener.Start();
    }

    async Task ITopologyOwner.UseClusterAsync(IReadOnlyList<ClusterPrimary> primaries)
    {
        // There may have been one server at the same address. It ends before others call the handler.
        if (_standalone is { } standalone)
        {
            var wasEstablished = await standalone.StopAsync().ConfigureAwait(false);
            _standalone = null;
            if (wasEstablished)
                _handler.OnLost();
        }

        await UseNodesAsync(primaries).ConfigureAwait(false);
    }

    private async Task UseNodesAsync(IReadOnlyList<ClusterPrimary> primaries)
    {
        var added = 0;
        List<Node> removed = [];
        lock (_gate)
        {
            foreach (var node in _nodes.Values.Where(node => primaries.All(primary => !primary.EndPoint.Equals(node.EndPoint))).ToList())
            {
                node.IsRemoved = true;
                _nodes.Remove(node.EndPoint);
                removed.Add(node);
            }

            foreach (var primary in primaries)
            {
                if (!_nodes.TryGetValue(primary.EndPoint, out var node))
                {
                    _nodes.Add(primary.EndPoint, node = new Node(this, primary.EndPoint));
                    node.Listener.Start();
                    added++;
                }

                node.OwnsSlots = primary.OwnsSlots;
            }

            _isBlind = false;
            Update();
        }

        if (added + removed.Count > 0)
            Log.TrackingTopologyChanged(_logger, primaries.Count);
        await DisposeNodesAsync(removed).ConfigureAwait(false);
    }

    private List<Node> TakeAllNodes()
    {
        lock (_gate)
        {
            List<Node> all = [.. _nodes.Values];
            all.ForEach(static node => node.IsRemoved = true);
            _nodes.Clear();
            _isClusterEstablished = false;
            return all;
        }
    }

    /// <summary>Call without the lock: a listener that ends waits for its reader, and the reader may wait for the lock.</summary>
    private static async Task DisposeNodesAsync(List<Node> nodes)
    {
        foreach (var node in nodes)
            await node.Listener.DisposeAsync().ConfigureAwait(false);
    }

    private TimeSpan? SlowestRoundTrip()
    {
        lock (_gate)
            return _nodes.Values.Max(static node => node.Listener.LastRoundTrip);
    }
}
