using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Merges the streams of several servers: handler calls run under the lock, so they do not overlap and keep each server's order.</summary>
internal sealed partial class TrackingCoordinator
{
    private volatile bool _isClusterEstablished;
    private bool _isRefusalTold;
    private bool _isBlind;

    void ITopologyOwner.OnUnanswered()
    {
        lock (_gate)
        {
            _isBlind = true;
            Update();
        }
    }

    void ITopologyOwner.OnRefused(string reason)
    {
        // One server reports by itself, and calls do not overlap.
        if (_standalone is not null)
            return;
        lock (_gate)
        {
            // Streams may still be up, but a slot that moves to an unknown server would not be noticed.
            _isBlind = true;
            Update();
            TellRefused(reason);
        }
    }

    /// <summary>Call under the lock. Reports when the combined stream becomes established or lost.</summary>
    private void Update()
    {
        // A primary without slots has no keys, so no change is missed while its listener connects.
        var isEstablished = !_isBlind && _nodes.Count > 0 && _nodes.Values.All(static node => node.IsEstablished || !node.OwnsSlots);
        if (isEstablished == _isClusterEstablished)
            return;
        _isClusterEstablished = isEstablished;
        if (isEstablished)
        {
            _isRefusalTold = false;
            _handler.OnEstablished();
        }
        else
        {
            _handler.OnLost();
        }
    }

    private void TellRefused(string reason)
    {
        if (_isRefusalTold)
            return;
        _isRefusalTold = true;
        _handler.OnRefused(reason);
    }

    /// <summary>The stream of one primary. It reports nothing after its removal, while its listener ends.</summary>
    private sealed class Node : ITrackingHandler
    {
        private readonly TrackingCoordinator _owner;

        public Node(TrackingCoordinator owner, EndPoint endPoint)
        {
            _owner = owner;
            EndPoint = endPoint;
            Listener = new TrackingListener(owner._options with { EndPoints = [endPoint], IsClusterNode = true }, this, owner._time, owner._logger);
        }

        public EndPoint EndPoint { get; }

        public TrackingListener Listener { get; }

        public bool IsEstablished { get; private set; }

        public bool OwnsSlots { get; set; }

        public bool IsRemoved { get; set; }

        public void OnEstablished() => Change(isEstablished: true);

        public void OnLost()
        {
            Change(isEstablished: false);
            // A replica may have been promoted.
            _owner._watcher.Poke();
        }

        public void OnInvalidated(ReadOnlySpan<byte> key)
        {
            lock (_owner._gate)
            {
                if (!IsRemoved)
                    _owner._handler.OnInvalidated(key);
            }
        }

        public void OnFlushed()
        {
            lock (_owner._gate)
            {
                if (!IsRemoved)
                    _owner._handler.OnFlushed();
            }
        }

        public void OnRefused(string reason)
        {
            lock (_owner._gate)
            {
                if (!IsRemoved)
                    _owner.TellRefused(reason);
            }
        }

        private void Change(bool isEstablished)
        {
            lock (_owner._gate)
            {
                IsEstablished = isEstablished;
                if (!IsRemoved)
                    _owner.Update();
            }
        }
    }
}
