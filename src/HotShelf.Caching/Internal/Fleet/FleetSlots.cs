using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>
/// The numbers under which counts lie in Redis, where other versions of this library read them: a number never gets another meaning. Counts of a
/// family are below 100, its fills' durations from 200 on; of the node as a whole, invalidations are from 100 on, reads' durations from 400 on.
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

    /// <summary>The durations among the counts of a minute.</summary>
    /// <param name="counts">By slot.</param>
    /// <param name="first">Where they begin.</param>
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
