using System.Numerics;

namespace HotShelf.Caching.Fleet;

/// <summary>The buckets of durations, in nanoseconds: four per doubling, from 64 ns to about a minute, so that the error of a percentile is at most a fifth.</summary>
internal static class DurationBuckets
{
    private const int FirstDoubling = 6;
    private const int Doublings = 30;
    private const long Last = (1L << (FirstDoubling + Doublings)) - 1;

    public const int Count = Doublings * 4;

    public static int Of(TimeSpan time)
    {
        var nanoseconds = (ulong)Math.Clamp(time.Ticks, 0, Last / TimeSpan.NanosecondsPerTick) * TimeSpan.NanosecondsPerTick;
        nanoseconds = Math.Max(nanoseconds, 1UL << FirstDoubling);
        var doubling = BitOperations.Log2(nanoseconds);
        return (doubling - FirstDoubling) * 4 + (int)(nanoseconds >> (doubling - 2) & 3);
    }

    public static long Start(int bucket) => (long)(4 + bucket % 4) << (FirstDoubling + bucket / 4 - 2);

    public static long End(int bucket) => (long)(5 + bucket % 4) << (FirstDoubling + bucket / 4 - 2);
}
