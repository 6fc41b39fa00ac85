namespace HotShelf.Caching.Internal.Remote;

/// <summary>
/// The keys that this process invalidated in the last seconds. A replica that takes over may not have received the latest invalidations of its primary, and would
/// bring the removed values back. So they are sent again after a connection was lost, and when the stream is lost and back.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class RecentInvalidations(CacheClock clock)
{
    /// <summary>Longer than a replica is usually behind, and than a failover usually takes.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);

    /// <summary>Beyond it the oldest are forgotten.</summary>
    public const int Maximum = 10_000;

    private readonly Lock _lock = new();
    private readonly Queue<(VersionedKey Key, long At)> _keys = new();

    public void Add(IReadOnlyList<VersionedKey> keys)
    {
        lock (_lock)
        {
            var now = clock.Now;
            foreach (var key in keys)
                _keys.Enqueue((key, now));
            DropOld(now);
        }
    }

    public VersionedKey[] All()
    {
        lock (_lock)
        {
            DropOld(clock.Now);
            return [.. _keys.Select(static item => item.Key)];
        }
    }

    private void DropOld(long now)
    {
        while (_keys.TryPeek(out var oldest) && (_keys.Count > Maximum || now - oldest.At > (long)KeptFor.TotalMilliseconds))
            _keys.Dequeue();
    }
}
