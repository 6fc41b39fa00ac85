using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// Collects the reads per key since the last collection. The hit path has no extra cost: L1 entries count their reads for eviction anyway. The count of
/// an entry that leaves L1 is added to a sketch of bounded size.
/// </summary>
internal sealed class ReadCounts(IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> options) : ICacheObserver
{
    // Keys of this length are rare, and the memory of the ranking must be bounded.
    private const int MaximumKeyLength = 256;

    private readonly Lock _lock = new();
    private readonly SpaceSaving _departed = new(options.Value.PopularityKeys);

    /// <summary>Adds the count of a copy that leaves L1.</summary>
    public void OnCopyLeft(LocalCopy copy)
    {
        if (!caching.Value.IsFeed && Counts(copy) && copy.TakeReads() is > 0 and var reads)
            Add(copy.Key, reads);
    }

    /// <summary>Adds counts that could not be sent.</summary>
    public void GiveBack(IEnumerable<KeyValuePair<string, long>> reads)
    {
        foreach (var (key, count) in reads)
            Add(key, count);
    }

    /// <summary>The most read keys, each once, up to the configured number. The counts of the other keys are kept for the next call.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Take(IEnumerable<LocalCopy> copies)
    {
        var most = new PriorityQueue<LocalCopy, long>();
        foreach (var copy in copies)
        {
            if (!Counts(copy) || copy.NewReads is not (> 0 and var reads))
                continue;
            if (most.Count < options.Value.PopularityKeys)
                most.Enqueue(copy, reads);
            else
                most.EnqueueDequeue(copy, reads);
        }

        var taken = new Dictionary<string, long>(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var (key, count) in _departed.Take())
                taken[key] = count;
        }

        while (most.TryDequeue(out var copy, out _))
            taken[copy.Key] = taken.GetValueOrDefault(copy.Key) + copy.TakeReads();
        return [.. taken.Where(item => item.Value > 0).OrderByDescending(item => item.Value)];
    }

    private void Add(string key, long count)
    {
        lock (_lock)
            _departed.Add(key, count);
    }

    private bool Counts(LocalCopy copy) => copy.Key.Length <= MaximumKeyLength && !caching.Value.IsPrivate(copy.Key);
}
