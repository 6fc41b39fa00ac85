namespace HotShelf.Caching.AspNetCore;

/// <summary>Times as HTTP counts them: whole seconds, never more optimistic than the truth.</summary>
internal static class Seconds
{
    /// <summary>Stands for a lifetime without end.</summary>
    public const long Unlimited = long.MaxValue;

    /// <summary>Freshness left, rounded down, so that nobody keeps a value longer than we do; negative when stale.</summary>
    public static long Left(CacheObservation observation) => Floor(observation.TimeToLive);

    /// <summary>Time since the fill, rounded down as RFC 9111 section 5.1 allows; never negative.</summary>
    public static long Age(CacheObservation observation) => Math.Max(0, Floor(observation.Age));

    /// <summary>A time in whole seconds, rounded down.</summary>
    public static long Floor(TimeSpan time) =>
        time == TimeSpan.MaxValue ? Unlimited : (long)Math.Floor(time.TotalSeconds);
}
