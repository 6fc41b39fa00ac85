namespace HotShelf.Caching.Fleet;

/// <summary>
/// The numbers of stored counts in Redis. Other versions of this library read them, so a number never changes its meaning. Counts of a family are
/// below 100, durations of its fills from 200; of the node, invalidations are from 100, durations of reads from 400.
/// </summary>
internal static class FleetSlots
{
    public const int LocalHits = 0;
    public const int RemoteHits = 1;
    public const int LocalStale = 2;
    public const int RemoteStale = 3;
    public const int Misses = 4;
    public const int Errors = 5;
    public const int Joined = 6;
    public const int LeaseWaits = 7;
    public const int Fills = 8;
    public const int FillErrors = 9;
    public const int FeedReads = 10;

    public const int Invalidations = 100;
    public const int FillDurations = 200;
    public const int LocalReads = 400;
    public const int RemoteReads = 600;
    public const int OriginReads = 800;

    /// <summary>Reads a histogram of durations from the counts of a minute.</summary>
    /// <param name="counts">The counts by slot.</param>
    /// <param name="first">The first slot of the histogram.</param>
    public static long[] Durations(IReadOnlyDictionary<int, long> counts, int first)
    {
        var durations = new long[DurationBuckets.Count];
        foreach (var (slot, count) in counts)
        {
            if (slot >= first && slot < first + DurationBuckets.Count)
                durations[slot - first] = count;
        }

        return durations;
    }
}
