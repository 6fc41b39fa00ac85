namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>The hit ratio of the last minute, from two totals sampled once a second; no cost on the hit path.</summary>
internal sealed class HitRatioWindow
{
    private const int Seconds = 60;

    private readonly Lock _lock = new();
    private readonly (long Answered, long Asked)[] _samples = new (long, long)[Seconds];
    private int _count;
    private int _next;

    public void Sample(long answered, long asked)
    {
        lock (_lock)
        {
            _samples[_next] = (answered, asked);
            _next = (_next + 1) % Seconds;
            _count = Math.Min(_count + 1, Seconds);
        }
    }

    /// <summary>Share of hits among reads since the oldest sample; null without reads.</summary>
    public double? Ratio(long answered, long asked)
    {
        (answered, asked) = Since(answered, asked);
        return asked <= 0 ? null : (double)answered / asked;
    }

    /// <summary>The increase of the totals since the oldest sample.</summary>
    public (long Answered, long Asked) Since(long answered, long asked)
    {
        lock (_lock)
        {
            var oldest = _count < Seconds ? default : _samples[_next];
            return (answered - oldest.Answered, asked - oldest.Asked);
        }
    }
}
