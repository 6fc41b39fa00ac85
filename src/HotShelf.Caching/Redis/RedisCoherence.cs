using System.Text;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Tags;
using HotShelf.Caching.Redis.Tracking;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>
/// Turns the changes that Redis' tracking reports into changes of keys and tags. When a server refuses tracking, the stream stays lost: L1 copies then live
/// for at most <see cref="HotShelfCachingOptions.IncoherentLocal"/>.
/// After a failover the stream and the connection that reads values may be connected to different servers for a while, and changes of a value from the old
/// server would never be reported. So the stream counts as established only after it has reported a key that was written over the other connection, and no longer when it reports none after that
/// connection was lost.
/// </summary>
internal sealed class RedisCoherence(RedisConnection connection, RedisKeys keys, Func<TrackingOptions> options, TimeProvider time, ILogger logger) : ITrackingHandler, IAsyncDisposable
{
    private const int StackLimit = 512;

    private static readonly TimeSpan s_probeInterval = TimeSpan.FromMilliseconds(250);

    // Probes that Redis has answered, after which the stream would have reported one.
    private const int ProbesUntilDoubt = 4;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private TrackingCoordinator? _tracking;
    private volatile string? _probe;
    private bool _isReported;
    private IRemoteObserver? _observer;

    /// <summary>The latest round-trip time of the stream; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _tracking?.LastRoundTrip;

    public void Start(IRemoteObserver observer)
    {
        _observer = observer;
        _tracking = new TrackingCoordinator(options(), this, time, logger);
        _tracking.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_tracking is not null)
            await _tracking.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The connection that reads values was lost: it may lead to another server when it is back. Until that is known the stream counts.</summary>
    public void Verify()
    {
        lock (_lock)
        {
            // Also in place of a probe whose report may be under way: it was written to the server of before.
            if (_isReported || _probe is not null)
                Probe();
        }
    }

    void ITrackingHandler.OnEstablished() => Probe();

    void ITrackingHandler.OnLost()
    {
        lock (_lock)
        {
            _probe = null;
            Doubt();
        }
    }

    void ITrackingHandler.OnFlushed() => _observer!.OnEverythingChanged();

    void ITrackingHandler.OnRefused(string reason)
    {
        // The listener logs the refusal and retries.
    }

    void ITrackingHandler.OnInvalidated(ReadOnlySpan<byte> key)
    {
        var length = Encoding.UTF8.GetMaxCharCount(key.Length);
        Span<char> buffer = length <= StackLimit ? stackalloc char[StackLimit] : new char[length];
        var physical = buffer[..Encoding.UTF8.GetChars(key, buffer)];
        if (!physical.StartsWith(keys.TrackedPrefix))
            return;
        if (!keys.IsOfTags(physical, out var name))
            _observer!.OnKeyChanged(name);
        else if (name.StartsWith(RedisKeys.OwnMark))
            Confirm(name);
        else if (name.IsEmpty || TagTable.IsName(name))
            _observer!.OnTagChanged(name.ToString());
    }

    private void Confirm(ReadOnlySpan<char> reported)
    {
        lock (_lock)
        {
            if (!reported.SequenceEqual(_probe))
                return;
            _probe = null;
            if (_isReported)
                return;
            _isReported = true;
            _observer!.OnStreamChanged(CoherenceState.Tracking);
        }
    }

    private void Doubt()
    {
        if (!_isReported)
            return;
        _isReported = false;
        _observer!.OnStreamChanged(CoherenceState.Lost);
    }

    private void Probe()
    {
        var probe = $"{RedisKeys.OwnMark}{Guid.NewGuid():N}";
        _probe = probe;
        _ = ProbeAsync(probe);
    }

    /// <summary>Ends when the stream has reported the probe, is lost, or the cache is disposed; for no other reason, or the stream would never count again.</summary>
    private async Task ProbeAsync(string probe)
    {
        for (var executed = 0; _probe == probe && !_stopping.IsCancellationRequested;)
        {
            if (executed >= ProbesUntilDoubt)
            {
                lock (_lock)
                {
                    if (_probe == probe)
                        Doubt();
                }
            }

            try
            {
                var database = await connection.DatabaseAsync().ConfigureAwait(false);
                await RedisScripts.Probe.RunAsync(database, [keys.Removal(probe)], []).ConfigureAwait(false);
                executed++;
            }
            catch (Exception failure) when (RedisStore.IsRefused(failure))
            {
                // A server that answers reads and refuses writes, of which the stream will not tell.
                executed++;
            }
            catch (Exception)
            {
                // A replica, or a server that is gone: the connection will find the primary.
            }

            await Task.Delay(s_probeInterval, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
