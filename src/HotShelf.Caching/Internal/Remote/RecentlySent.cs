namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// What this process removed in Redis in the last seconds. A replica that takes over may not have received the latest commands of its primary, and would
/// bring the removed values and leases back. So they are removed again after a connection was lost, and when the stream is lost and back.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class RecentlySent<T>(CacheClock clock)
{
    /// <summary>Beyond it the oldest are forgotten.</summary>
    private const int Maximum = 10_000;

    /// <summary>Longer than a replica is usually behind, and than a failover usually takes.</summary>
    private static readonly TimeSpan s_keptFor = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<(T Item, long At)> _items = new();

    public void Add(params ReadOnlySpan<T> items)
    {
        lock (_lock)
        {
            var now = clock.Now;
            foreach (var item in items)
                _items.Enqueue((item, now));
            DropOld(now);
        }
    }

    public T[] All()
    {
        lock (_lock)
        {
            DropOld(clock.Now);
            return [.. _items.Select(static item => item.Item)];
        }
    }

    private void DropOld(long now)
    {
        while (_items.TryPeek(out var oldest) && (_items.Count > Maximum || now - oldest.At > (long)s_keptFor.TotalMilliseconds))
            _items.Dequeue();
    }
}
