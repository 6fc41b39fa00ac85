using System.Net;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Many streams made into one: calls go to the handler under the gate, so they come one at a time, each server's in its own order.</summary>
internal sealed partial class TrackingCoordinator
{
    private volatile bool _isClusterEstablished;
    private bool _isRefusalTold;
    private bool _isBlind;

    void ITopologyOwner.OnRefused(string reason)
    {
        lock (_gate)
        {
            // Streams may still be up, but a slot that moves to a server we do not know of would not be noticed.
            _isBlind = true;
            Update();
            TellRefused(reason);
        }
    }

    /// <summary>Under the gate. Tells when the whole has become established or lost.</summary>
    private void Update()
    {
        // A primary without slots has no keys to change, so nothing is missed while it is being connected to.
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

    /// <summary>One primary's stream. After its removal it says nothing more: its listener is ending.</summary>
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
            // Perhaps a replica takes its place.
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
