using System.Threading.Channels;

namespace HotShelf.CacheWorker.Feed;

/// <summary>Wakes a loop when the database notifies of something. Any number of calls before the loop looks count as one.</summary>
internal abstract class DatabaseSignal(string channelName)
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>The channel of NOTIFY.</summary>
    public string ChannelName => channelName;

    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Returns when woken, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = _channel.Reader.WaitToReadAsync(limit.Token).AsTask();
        var delay = Task.Delay(atMost, time, limit.Token);
        await Task.WhenAny(woken, delay).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        _channel.Reader.TryRead(out _);
    }
}

/// <summary>There are changes that the cache has not been told of.</summary>
internal sealed class FeedSignal() : DatabaseSignal("cache_outbox");

/// <summary>Somebody wants a warming.</summary>
internal sealed class WarmingSignal() : DatabaseSignal("cache_warm");
