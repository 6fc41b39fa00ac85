namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>Counts durations since the start. One interlocked addition each, so it is for what takes microseconds at least, or is sampled.</summary>
internal sealed class DurationCounter
{
    private readonly long[] _counts = new long[DurationBuckets.Count];

    public void Record(TimeSpan time) => Interlocked.Increment(ref _counts[DurationBuckets.Of(time)]);

    public long this[int bucket] => Volatile.Read(ref _counts[bucket]);
}
