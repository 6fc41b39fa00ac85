using System.Text;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis.Tracking;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Redis;

/// <summary>
/// Turns what Redis' tracking reports into changes of keys and tags. Where a server refuses tracking, the stream stays lost: L1 copies then live
/// <see cref="HotShelfCachingOptions.IncoherentLocal"/> at most.
/// </summary>
internal sealed class RedisCoherence(RedisKeys keys, Func<TrackingOptions> options, TimeProvider time, ILogger logger) : ITrackingHandler, IAsyncDisposable
{
    private const int StackLimit = 512;

    private TrackingCoordinator? _tracking;
    private IRemoteObserver? _observer;

    /// <summary>The stream's latest round trip; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _tracking?.LastRoundTrip;

    public void Start(IRemoteObserver observer)
    {
        _observer = observer;
        _tracking = new TrackingCoordinator(options(), this, time, logger);
        _tracking.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_tracking is not null)
            await _tracking.DisposeAsync().ConfigureAwait(false);
    }

    void ITrackingHandler.OnEstablished() => _observer!.OnStreamChanged(CoherenceState.Tracking);

    void ITrackingHandler.OnLost() => _observer!.OnStreamChanged(CoherenceState.Lost);

    void ITrackingHandler.OnFlushed() => _observer!.OnEverythingChanged();

    void ITrackingHandler.OnRefused(string reason)
    {
        // The listener has logged it and tries again.
    }

    void ITrackingHandler.OnInvalidated(ReadOnlySpan<byte> key)
    {
        var length = Encoding.UTF8.GetMaxCharCount(key.Length);
        Span<char> buffer = length <= StackLimit ? stackalloc char[StackLimit] : new char[length];
        var physical = buffer[..Encoding.UTF8.GetChars(key, buffer)];
        if (!physical.StartsWith(keys.TrackedPrefix))
            return;
        if (keys.IsOfTags(physical, out var name))
            _observer!.OnTagChanged(name.ToString());
        else
            _observer!.OnKeyChanged(name);
    }
}
