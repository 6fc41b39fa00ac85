using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>
/// An exponential histogram on fixed bounds, the powers of two: its scale changes while it grows, and buckets of different scales cannot be subtracted.
/// Scaling down to 0 is exact for every scale from 0 on (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).
/// </summary>
internal static class OctaveBuckets
{
    private const int Least = -24;
    private const int Greatest = 40;

    /// <summary>2^-24 (60 ns as seconds) to 2^40.</summary>
    public static double[] Bounds { get; } = [.. Enumerable.Range(Least, Greatest - Least + 1).Select(static power => Math.Pow(2, power))];

    public static long[] Counts(ExponentialHistogramDataPoint point)
    {
        var counts = new long[Bounds.Length + 1];
        // Zero and what is below it lie under the lowest bound.
        counts[0] = (long)point.ZeroCount + (point.Negative?.BucketCounts.Sum(static c => (long)c) ?? 0);
        if (point.Positive is not { } positive)
            return counts;
        for (var i = 0; i < positive.BucketCounts.Count; i++)
            counts[Bucket(positive.Offset + (long)i, point.Scale)] += (long)positive.BucketCounts[i];
        return counts;
    }

    // Bucket i of scale s reaches from 2^(i / 2^s) to 2^((i + 1) / 2^s), its upper bound included.
    private static int Bucket(long index, int scale)
    {
        var power = scale >= 0 ? index >> Math.Min(scale, 62) : Math.Clamp(index, -64, 64) << Math.Min(-scale, 10);
        return (int)Math.Clamp(power + 1 - Least, 0, Bounds.Length);
    }
}
