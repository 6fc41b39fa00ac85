namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>
/// The newest items, bounded by a number and by bytes: the oldest make room. A single item larger than the bound is kept until the next one comes.
/// Not synchronized.
/// </summary>
internal sealed class BoundedQueue<T>(int maximumItems, long maximumBytes)
    where T : class, IMeasured
{
    private readonly Queue<T> _items = new();

    /// <summary>Told of each item that made room.</summary>
    public Action<T>? Dropping { get; init; }

    public int Count => _items.Count;

    public long Bytes { get; private set; }

    /// <summary>All that ever made room.</summary>
    public long Dropped { get; private set; }

    public void Add(T item)
    {
        _items.Enqueue(item);
        Grew(item.Bytes);
    }

    /// <summary>An item that is here has become larger.</summary>
    public void Grew(long bytes)
    {
        Bytes += bytes;
        while (_items.Count > maximumItems || (Bytes > maximumBytes && _items.Count > 1))
        {
            var oldest = _items.Dequeue();
            Bytes -= oldest.Bytes;
            Dropped++;
            Dropping?.Invoke(oldest);
        }
    }

    public T[] ToArray() => _items.ToArray();

    public void Clear()
    {
        _items.Clear();
        Bytes = 0;
    }

    public StoreUse Use => new(Count, maximumItems, Bytes, maximumBytes, Dropped);
}

/// <summary>How full a store is.</summary>
/// <param name="Count">Items that are kept.</param>
/// <param name="MaximumCount">At most.</param>
/// <param name="Bytes">An estimate of their memory.</param>
/// <param name="MaximumBytes">At most.</param>
/// <param name="Dropped">Items that made room for newer ones.</param>
public sealed record StoreUse(int Count, int MaximumCount, long Bytes, long MaximumBytes, long Dropped);
