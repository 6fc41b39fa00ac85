namespace HotShelf.Load;

/// <summary>Latencies in buckets that grow by 5 %, so that any count of requests takes the same memory.</summary>
internal sealed class Latencies
{
    private const double Growth = 1.05;
    private const double FirstMicroseconds = 10;

    private readonly long[] _buckets = new long[320];

    public long Count { get; private set; }

    public long Failed { get; private set; }

    public void Add(TimeSpan latency, bool succeeded)
    {
        var bucket = latency.TotalMicroseconds <= FirstMicroseconds ? 0 : (int)(Math.Log(latency.TotalMicroseconds / FirstMicroseconds) / Math.Log(Growth)) + 1;
        _buckets[Math.Min(bucket, _buckets.Length - 1)]++;
        Count++;
        if (!succeeded)
            Failed++;
    }

    public void Add(Latencies other)
    {
        for (var i = 0; i < _buckets.Length; i++)
            _buckets[i] += other._buckets[i];
        Count += other.Count;
        Failed += other.Failed;
    }

    /// <summary>The latency that this share of requests did not exceed, in milliseconds, 5 % too high at most.</summary>
    public double Percentile(double share)
    {
        var left = (long)Math.Ceiling(Count * share);
        for (var i = 0; i < _buckets.Length; i++)
        {
            left -= _buckets[i];
            if (left <= 0)
                return FirstMicroseconds * Math.Pow(Growth, i) / 1000;
        }

        return 0;
    }
}
