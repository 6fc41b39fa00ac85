using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Popularity;

/// <summary>
/// Collects the reads per key since the last collection. The hit path has no extra cost: L1 entries count their reads for eviction anyway. The count of
/// an entry that leaves L1 is added to a sketch of bounded size.
/// </summary>
internal sealed class ReadCounts(int keys)
{
    // Keys of this length are rare, and the memory of the ranking must be bounded.
    private const int MaximumKeyLength = 256;

    private readonly Lock _lock = new();
    private readonly SpaceSaving _departed = new(keys);

    /// <summary>Adds the count of an entry that leaves L1.</summary>
    public void AddEntry(LocalEntry entry)
    {
        if (Counts(entry) && entry.TakeReads() is > 0 and var reads)
            Add(entry.Key, reads);
    }

    /// <summary>Adds counts that could not be sent.</summary>
    public void GiveBack(IEnumerable<KeyValuePair<string, long>> reads)
    {
        foreach (var (key, count) in reads)
            Add(key, count);
    }

    /// <summary>The most read keys, each once, up to the configured number. The counts of the other keys are kept for the next call.</summary>
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

    // Sliding keys are sessions of single users: they are not warmed, and their names are private.
    private static bool Counts(LocalEntry entry) => entry.Key.Length <= MaximumKeyLength && entry.Family.Policy.Sliding is null;
}
