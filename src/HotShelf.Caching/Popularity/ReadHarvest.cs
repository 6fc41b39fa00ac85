using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Popularity;

/// <summary>
/// Collects how often keys were read since the last time. The hit path pays nothing for it: entries in L1 count their reads anyway, for eviction. What
/// an entry still had when it left L1 goes into a sketch of bounded size.
/// </summary>
internal sealed class ReadHarvest(int keys)
{
    // A key this long is no common one, and the ranking's memory should not depend on it.
    private const int MaximumKeyLength = 256;

    private readonly Lock _lock = new();
    private readonly SpaceSaving _departed = new(keys);

    /// <summary>Keeps what an entry that leaves L1 has counted.</summary>
    public void Departed(LocalEntry entry)
    {
        if (Counts(entry) && entry.TakeReads() is > 0 and var reads)
            Add(entry.Key, reads);
    }

    /// <summary>Keeps what could not be delivered.</summary>
    public void GiveBack(IEnumerable<KeyValuePair<string, long>> reads)
    {
        foreach (var (key, count) in reads)
            Add(key, count);
    }

    /// <summary>The most read keys, each once, at most as many as the harvest is made for. What is read less goes on counting, and comes next time.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Take(IEnumerable<LocalEntry> entries)
    {
        var most = new PriorityQueue<LocalEntry, int>();
        foreach (var entry in entries)
        {
            if (!Counts(entry) || entry.ReadsToTake is not (> 0 and var reads))
                continue;
            if (most.Count < keys)
                most.Enqueue(entry, reads);
            else
                most.EnqueueDequeue(entry, reads);
        }

        var taken = new Dictionary<string, long>(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var (key, count) in _departed.Take())
                taken[key] = count;
        }

        while (most.TryDequeue(out var entry, out _))
            taken[entry.Key] = taken.GetValueOrDefault(entry.Key) + entry.TakeReads();
        return [.. taken.Where(item => item.Value > 0).OrderByDescending(item => item.Value)];
    }

    private void Add(string key, long count)
    {
        lock (_lock)
            _departed.Add(key, count);
    }

    // A key that slides is one user's session: nobody warms it, and its name is nobody's business.
    private static bool Counts(LocalEntry entry) => entry.Key.Length <= MaximumKeyLength && entry.Family.Policy.Sliding is null;
}
