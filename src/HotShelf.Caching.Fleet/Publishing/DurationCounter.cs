namespace HotShelf.Caching.Fleet;

/// <summary>Counts durations since the start. Each costs one interlocked addition: use it for operations of microseconds or more, or for samples.</summary>
internal sealed class DurationCounter
{
    private readonly long[] _counts = new long[DurationBuckets.Count];

    public void Record(TimeSpan time) => Interlocked.Increment(ref _counts[DurationBuckets.Of(time)]);

    public long this[int bucket] => Volatile.Read(ref _counts[bucket]);
}
