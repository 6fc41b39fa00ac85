namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Exponential backoff with full jitter, so that the nodes of a fleet do not reconnect at the same moment.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan max)
{
    private int _failures;

    /// <summary>The next wait: a random time up to the bound. The bound doubles with each call.</summary>
    public TimeSpan Next()
    {
        var bound = Math.Min(max.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromMilliseconds(Math.Max(1, bound * Random.Shared.NextDouble()));
    }

    /// <summary>Starts again with the shortest bound.</summary>
    public void Reset() => _failures = 0;
}
