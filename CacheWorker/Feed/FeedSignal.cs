using System.Threading.Channels;

namespace HotShelf.CacheWorker.Feed;

/// <summary>Wakes the loop of the feed. Any number of calls before it looks count as one.</summary>
internal sealed class FeedSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

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
