namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>Percentiles of a histogram.</summary>
internal static class Percentiles
{
    /// <summary>
    /// Between the bounds of the bucket that holds it, in proportion, as Prometheus does it; in the last bucket, which has no upper bound, its lower
    /// one. Null when nothing was measured.
    /// </summary>
    public static double? Of(double share, double[] bounds, long[] counts)
    {
        var all = counts.Sum();
        if (all == 0 || bounds.Length == 0)
            return null;
        var rank = share * all;
        var before = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0 || before + counts[i] < rank)
            {
                before += counts[i];
                continue;
            }

            if (i >= bounds.Length)
                return bounds[^1];
            var low = i == 0 ? Math.Min(0, bounds[0]) : bounds[i - 1];
            return low + ((bounds[i] - low) * (rank - before) / counts[i]);
        }

        return bounds[^1];
    }
}
