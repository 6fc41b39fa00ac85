using System.Text;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis.Tracking;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis;

/// <summary>
/// How changes are heard of: Redis' own tracking, which tells of every change by every client; where a server refuses it, messages of HotShelf's
/// own writers over pub/sub (<see cref="RedisMessages"/>), until it no longer does.
/// </summary>
internal sealed class RedisCoherence : ITrackingHandler, IAsyncDisposable
{
    private const int StackLimit = 512;

    private readonly RedisKeys _keys;
    private readonly Func<ITrackingHandler, TrackingCoordinator> _listen;
    private readonly RedisMessages _messages;
    private readonly Lock _switching = new();
    private TrackingCoordinator? _tracking;
    private IRemoteObserver? _observer;
    private bool _isTracking;
    private bool _isSubscribed;

    public RedisCoherence(RedisConnection connection, RedisKeys keys, Func<TrackingOptions> options, TimeProvider time, ILogger logger)
    {
        _keys = keys;
        _listen = handler => new TrackingCoordinator(options(), handler, time, logger);
        _messages = new RedisMessages(connection, keys, time, Hear, isUp => Switch(() => _isSubscribed = isUp));
    }

    /// <summary>The stream's latest round trip; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _tracking?.LastRoundTrip;

    private CoherenceState State => _isTracking ? CoherenceState.Tracking : _isSubscribed ? CoherenceState.PubSub : CoherenceState.Lost;

    public void Start(IRemoteObserver observer)
    {
        _observer = observer;
        _tracking = _listen(this);
        _tracking.Start();
    }

    /// <summary>Tells nodes without tracking, when there are any. Where all track, the server itself has told them.</summary>
    public void Publish(IEnumerable<string> changed) => _messages.Publish(changed, RedisMessages.Keys);

    /// <summary>As <see cref="Publish"/>, of tags.</summary>
    public void PublishTags(IEnumerable<string> names) => _messages.Publish(names, RedisMessages.Tags);

    public async ValueTask DisposeAsync()
    {
        if (_tracking is not null)
            await _tracking.DisposeAsync().ConfigureAwait(false);
        await _messages.DisposeAsync().ConfigureAwait(false);
    }

    void ITrackingHandler.OnEstablished()
    {
        Switch(() => _isTracking = true);
        _messages.LookForListeners();
    }

    void ITrackingHandler.OnLost() => Switch(() => _isTracking = false);

    void ITrackingHandler.OnFlushed() => _observer!.OnEverythingChanged();

    void ITrackingHandler.OnRefused(string reason) => _messages.Listen();

    void ITrackingHandler.OnInvalidated(ReadOnlySpan<byte> key)
    {
        var length = Encoding.UTF8.GetMaxCharCount(key.Length);
        Span<char> buffer = length <= StackLimit ? stackalloc char[StackLimit] : new char[length];
        var physical = buffer[..Encoding.UTF8.GetChars(key, buffer)];
        if (!physical.StartsWith(_keys.TrackedPrefix))
            return;
        if (!_keys.IsStamp(physical, out var name))
            _observer!.OnKeyChanged(name);
        else if (name.SequenceEqual(RedisMessages.ListenersName))
            _messages.LookForListeners();
        else
            _observer!.OnTagChanged(name.ToString());
    }

    private void Switch(Action change)
    {
        // The observer is called inside the lock, so that it hears of the states in their order; it never calls back.
        lock (_switching)
        {
            var before = State;
            change();
            if (State != before || State == CoherenceState.Lost)
                _observer!.OnStreamChanged(State);
        }
    }

    private void Hear(char kind, string name)
    {
        if (_isTracking)
            return;
        if (kind == RedisMessages.Tags)
            _observer!.OnTagChanged(name);
        else
            _observer!.OnKeyChanged(name);
    }
}
