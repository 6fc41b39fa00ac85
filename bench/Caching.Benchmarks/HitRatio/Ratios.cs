using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Benchmarks.HitRatio;

/// <summary>Caches for comparison, and ours. Each gives the share of the reads that it answers, in percent.</summary>
internal static class Ratios
{
    /// <summary>L1 of HotShelf.</summary>
    /// <param name="reads">The keys.</param>
    /// <param name="sizes">Bytes of each key's entry, all of it counted; null for one size.</param>
    public static double HotShelf(int[] reads, int[]? sizes = null)
    {
        var family = new FamilyState("default", new CachePolicy(), isShared: false);
        var times = new Lifetimes(0, 0, CacheClock.Never, CacheClock.Never, CacheClock.Never, CacheClock.Never);
        LocalEntry<int> Entry(int key, int payload) => LocalEntry<int>.Shared(key.ToString("D8", null), family, times, key, payload);
        var own = Entry(0, 0).Size;
        var hits = 0;
        var store = new LocalStore(Workloads.Room * (sizes is null ? own : (long)sizes.Average()), new CacheClock(TimeProvider.System), hits: () => hits);
        var names = new Dictionary<int, string>();
        foreach (var key in reads)
        {
            if (!names.TryGetValue(key, out var name))
                names[key] = name = key.ToString("D8", null);
            if (store.Find(name) is { } found)
                found.CountRead(++hits);
            else
                store.TryInsert(Entry(key, sizes is null ? 0 : sizes[key] - own), store.EpochOf(name));
        }

        return 100.0 * hits / reads.Length;
    }

    /// <summary>Exact LRU, bounded by the number of entries.</summary>
    public static double Lru(int[] reads)
    {
        var order = new LinkedList<int>();
        var nodes = new Dictionary<int, LinkedListNode<int>>();
        var hits = 0;
        foreach (var key in reads)
        {
            if (nodes.TryGetValue(key, out var node))
            {
                hits++;
                order.Remove(node);
                order.AddFirst(node);
                continue;
            }

            nodes[key] = order.AddFirst(key);
            if (nodes.Count <= Workloads.Room)
                continue;
            nodes.Remove(order.Last!.Value);
            order.RemoveLast();
        }

        return 100.0 * hits / reads.Length;
    }

    /// <summary>The ceiling: evicts the entry whose next read is farthest away (Bélády 1966).</summary>
    public static double Optimal(int[] reads)
    {
        var nextRead = new int[reads.Length];
        var last = new Dictionary<int, int>();
        for (var i = reads.Length - 1; i >= 0; i--)
        {
            nextRead[i] = last.TryGetValue(reads[i], out var later) ? later : reads.Length + i;
            last[reads[i]] = i;
        }

        var farthest = new SortedSet<(int NextRead, int Key)>();
        var cached = new Dictionary<int, int>();
        var hits = 0;
        for (var i = 0; i < reads.Length; i++)
        {
            if (cached.TryGetValue(reads[i], out var at))
            {
                hits++;
                farthest.Remove((at, reads[i]));
            }
            else if (cached.Count >= Workloads.Room)
            {
                var leaves = farthest.Max;
                farthest.Remove(leaves);
                cached.Remove(leaves.Key);
            }

            cached[reads[i]] = nextRead[i];
            farthest.Add((nextRead[i], reads[i]));
        }

        return 100.0 * hits / reads.Length;
    }
}
