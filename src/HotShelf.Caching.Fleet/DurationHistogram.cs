namespace HotShelf.Caching.Fleet;

/// <summary>A histogram of durations, from 64 ns to a minute, with an error of at most a fifth. Longer durations count as a minute.</summary>
public sealed class DurationHistogram
{
    private readonly long[] _counts;

    internal DurationHistogram(long[] counts)
    {
        _counts = counts;
        foreach (var count in counts)
            Count += count;
    }

    /// <summary>An empty histogram.</summary>
    public static DurationHistogram Empty { get; } = new([]);

    /// <summary>The number of durations.</summary>
    public long Count { get; }

    /// <summary>The mean, with the accuracy of the buckets; null when empty.</summary>
    public TimeSpan? Mean
    {
        get
        {
            if (Count == 0)
                return null;
            var nanoseconds = 0.0;
            for (var i = 0; i < _counts.Length; i++)
                nanoseconds += _counts[i] * (double)(DurationBuckets.Start(i) + DurationBuckets.End(i)) / 2;
            return Time(nanoseconds / Count);
        }
    }

    /// <summary>The quantile <paramref name="share"/>, interpolated within its bucket; null when empty.</summary>
    /// <param name="share">0 to 1, such as 0.99.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not from 0 to 1.</exception>
    public TimeSpan? Percentile(double share)
    {
        if (share is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share is from 0 to 1.");
        if (Count == 0)
            return null;
        var wanted = share * Count;
        var below = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0 && below + _counts[i] >= wanted)
                return Time(DurationBuckets.Start(i) + (DurationBuckets.End(i) - DurationBuckets.Start(i)) * (wanted - below) / _counts[i]);
            below += _counts[i];
        }

        return Time(DurationBuckets.End(_counts.Length - 1));
    }

    /// <summary>The sum of several histograms.</summary>
    public static DurationHistogram Sum(IEnumerable<DurationHistogram> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var counts = new long[DurationBuckets.Count];
        foreach (var part in parts)
        {
            for (var i = 0; i < part._counts.Length; i++)
                counts[i] += part._counts[i];
        }

        return new(counts);
    }

    private static TimeSpan Time(double nanoseconds) => TimeSpan.FromTicks((long)Math.Round(nanoseconds / TimeSpan.NanosecondsPerTick));
}
