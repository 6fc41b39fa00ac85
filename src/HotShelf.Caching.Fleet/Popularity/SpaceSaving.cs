namespace HotShelf.Caching.Fleet;

/// <summary>
/// Counts the most frequent keys in bounded memory (Metwally, Agrawal and El Abbadi, 2005): a new key replaces the least frequent one and takes over its
/// count. A count is never too low, and too high by at most the lowest count. Not thread-safe.
/// </summary>
internal sealed class SpaceSaving(int capacity)
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    // A binary min-heap.
    private readonly List<KeyValuePair<string, long>> _heap = [];

    public int Count => _heap.Count;

    public void Add(string key, long count)
    {
        if (_places.TryGetValue(key, out var place))
        {
            _heap[place] = new(key, _heap[place].Value + count);
            Sink(place);
        }
        else if (_heap.Count < capacity)
        {
            _heap.Add(new(key, count));
            _places[key] = _heap.Count - 1;
            Rise(_heap.Count - 1);
        }
        else
        {
            var least = _heap[0];
            _places.Remove(least.Key);
            _heap[0] = new(key, least.Value + count);
            _places[key] = 0;
            Sink(0);
        }
    }

    /// <summary>Returns all counts, in no order, and resets them.</summary>
    public KeyValuePair<string, long>[] Take()
    {
        KeyValuePair<string, long>[] taken = [.. _heap];
        _heap.Clear();
        _places.Clear();
        return taken;
    }

    private void Rise(int place)
    {
        for (; place > 0 && _heap[(place - 1) / 2].Value > _heap[place].Value; place = (place - 1) / 2)
            Swap(place, (place - 1) / 2);
    }

    private void Sink(int place)
    {
        while (true)
        {
            var least = place;
            for (var child = 2 * place + 1; child <= 2 * place + 2 && child < _heap.Count; child++)
            {
                if (_heap[child].Value < _heap[least].Value)
                    least = child;
            }

            if (least == place)
                return;
            Swap(place, least);
            place = least;
        }
    }

    private void Swap(int a, int b)
    {
        (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
        _places[_heap[a].Key] = a;
        _places[_heap[b].Key] = b;
    }
}
