using System.Text;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis.Tracking;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// How changes are heard of: Redis' own tracking, which tells of every change by every client; where a server refuses it, messages of HotShelf's
/// own writers over pub/sub, until it no longer does.
/// </summary>
internal sealed class RedisCoherence(RedisConnection connection, RedisKeys keys, Func<TrackingOptions> trackingOptions, TimeProvider time, ILogger logger) : ITrackingHandler, IAsyncDisposable
{
    private const int StackLimit = 512;

    private readonly string _node = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _switching = new();
    private TrackingCoordinator? _tracking;
    private IRemoteObserver? _observer;
    private bool _isTracking;
    private bool _isSubscribed;
    private volatile bool _publishes;

    public TimeSpan? LastRoundTrip => _tracking?.LastRoundTrip;

    public void Start(IRemoteObserver observer)
    {
        _observer = observer;
        _tracking = new TrackingCoordinator(trackingOptions(), this, time, logger);
        _tracking.Start();
    }

    /// <summary>In the fallback only: tells the other nodes. With tracking the server itself has told them.</summary>
    public void Publish(IEnumerable<string> changed)
    {
        if (_publishes)
            Send(changed, 'k');
    }

    public void PublishTags(IEnumerable<string> names)
    {
        if (_publishes)
            Send(names, 't');
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_tracking is not null)
            await _tracking.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    void ITrackingHandler.OnEstablished() => Switch(tracks: true, subscribed: null);

    void ITrackingHandler.OnLost() => Switch(tracks: false, subscribed: null);

    void ITrackingHandler.OnFlushed() => _observer!.OnEverythingChanged();

    void ITrackingHandler.OnInvalidated(ReadOnlySpan<byte> key)
    {
        var length = Encoding.UTF8.GetMaxCharCount(key.Length);
        Span<char> buffer = length <= StackLimit ? stackalloc char[StackLimit] : new char[length];
        var physical = buffer[..Encoding.UTF8.GetChars(key, buffer)];
        if (!physical.StartsWith(keys.TrackedPrefix))
            return;
        if (keys.IsStamp(physical, out var name))
            _observer!.OnTagChanged(name.ToString());
        else
            _observer!.OnKeyChanged(name);
    }

    void ITrackingHandler.OnRefused(string reason)
    {
        _publishes = true;
        _ = SubscribeAsync();
    }

    private async Task SubscribeAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    var multiplexer = await connection.MultiplexerAsync().ConfigureAwait(false);
                    var subscriber = multiplexer.GetSubscriber();
                    multiplexer.ConnectionFailed += (_, failed) => OnSubscription(failed.ConnectionType, isUp: false);
                    multiplexer.ConnectionRestored += (_, restored) => OnSubscription(restored.ConnectionType, isUp: true);
                    await subscriber.SubscribeAsync(Channel, (_, message) => Hear(message)).ConfigureAwait(false);
                    Switch(tracks: null, subscribed: true);
                    return;
                }
                catch (RedisException)
                {
                    // Not connected yet; tried again below.
                    await Task.Delay(TimeSpan.FromMilliseconds(500), time, _stopping.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private RedisChannel Channel => new(keys.Channel, RedisChannel.PatternMode.Literal);

    private void OnSubscription(ConnectionType type, bool isUp)
    {
        if (type == ConnectionType.Subscription)
            Switch(tracks: null, subscribed: isUp);
    }

    private void Switch(bool? tracks, bool? subscribed)
    {
        lock (_switching)
        {
            var before = State;
            _isTracking = tracks ?? _isTracking;
            _isSubscribed = subscribed ?? _isSubscribed;
            if (State != before || State == CoherenceState.Lost)
                _observer!.OnStreamChanged(State);
        }
    }

    private CoherenceState State => _isTracking ? CoherenceState.Tracking : _isSubscribed ? CoherenceState.PubSub : CoherenceState.Lost;

    /// <summary>node, kind and names, separated by control characters, which no key of the cache holds.</summary>
    private void Send(IEnumerable<string> names, char kind)
    {
        if (connection.Database is { } database)
            database.Publish(Channel, $"{_node}\u0001{kind}\u0001{string.Join('\u0001', names)}", CommandFlags.FireAndForget);
    }

    private void Hear(RedisValue message)
    {
        var parts = ((string?)message ?? "").Split('\u0001');
        if (parts.Length < 3 || parts[0] == _node || _isTracking)
            return;
        foreach (var name in parts.AsSpan(2))
        {
            if (parts[1] == "t")
                _observer!.OnTagChanged(name);
            else
                _observer!.OnKeyChanged(name);
        }
    }
}
