namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Exponential waits with full jitter: a fleet that lost its server together does not come back in step.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan max)
{
    private int _failures;

    /// <summary>The next wait: anything up to the bound, which doubles each time.</summary>
    public TimeSpan Next()
    {
        var bound = Math.Min(max.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromMilliseconds(Math.Max(1, bound * Random.Shared.NextDouble()));
    }

    /// <summary>Begins anew with the shortest waits.</summary>
    public void Reset() => _failures = 0;
}
