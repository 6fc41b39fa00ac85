namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// What this process removed in Redis in the last seconds. A replica that takes over may not have received the latest commands of its primary, and would
/// bring the removed values and leases back. So they are removed again after a connection was lost, and when the stream is lost and back.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="both">What stands for two items of one key.</param>
internal sealed class RecentlySent<TKey, T>(CacheClock clock, Func<T, T, T> both)
    where TKey : notnull
{
    /// <summary>Beyond it the oldest are forgotten.</summary>
    private const int Maximum = 10_000;

    /// <summary>Longer than a replica is usually behind, and than a failover usually takes.</summary>
    private static readonly TimeSpan s_keptFor = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (T Item, long At)> _items = [];
    private readonly Queue<(TKey Key, long At)> _order = new();

    public void Add(TKey key, T item)
    {
        lock (_lock)
        {
            var now = clock.Now;
            _items[key] = (_items.TryGetValue(key, out var known) ? both(known.Item, item) : item, now);
            _order.Enqueue((key, now));
            DropOld(now);
        }
    }

    /// <summary>Something was stored under the key, of which the sending began at <paramref name="since"/>: what was removed before is not removed again.</summary>
    public void Forget(TKey key, long since)
    {
        if (_items.Count == 0)
            return;
        lock (_lock)
        {
            if (_items.TryGetValue(key, out var known) && known.At <= since)
                _items.Remove(key);
        }
    }

    public T[] All()
    {
        lock (_lock)
        {
            DropOld(clock.Now);
            return [.. _items.Values.Select(static sent => sent.Item)];
        }
    }

    private void DropOld(long now)
    {
        while (_order.TryPeek(out var oldest) && (_order.Count > Maximum || now - oldest.At > (long)s_keptFor.TotalMilliseconds))
        {
            _order.Dequeue();
            if (_items.TryGetValue(oldest.Key, out var known) && known.At == oldest.At)
                _items.Remove(oldest.Key);
        }
    }
}
