namespace HotShelf.Caching.AspNetCore;

/// <summary>Times as HTTP counts them: whole seconds, never more optimistic than the truth.</summary>
internal static class Seconds
{
    /// <summary>Stands for a lifetime without end.</summary>
    public const long Unlimited = long.MaxValue;

    // A miss is as old as its load took; one of a batch may stand for older entries.
    private static readonly TimeSpan s_ofTheRest = TimeSpan.FromSeconds(1);

    /// <summary>Remaining freshness, rounded down, so that HTTP caches keep a value no longer than this one; negative when stale.</summary>
    public static long Left(CacheObservation observation) => Floor(observation.TimeToLive);

    /// <summary>Freshness from the fill on, rounded down: the same number in every answer from one fill.</summary>
    public static long Lifetime(CacheObservation observation) =>
        observation.TimeToLive == TimeSpan.MaxValue ? Unlimited : Math.Max(0, Floor(observation.Age + observation.TimeToLive));

    /// <summary>
    /// Time since the fill (RFC 9111 section 5.1), rounded up, so that what is left of <see cref="Lifetime"/> is no more than <see cref="Left"/>; 0 for an
    /// answer just made, never negative.
    /// </summary>
    public static long Age(CacheObservation observation) =>
        observation.Result is CacheResult.Hit or CacheResult.Stale || observation.Age >= s_ofTheRest ? Math.Max(0, (long)Math.Ceiling(observation.Age.TotalSeconds)) : 0;

    /// <summary>A time in whole seconds, rounded down.</summary>
    public static long Floor(TimeSpan time) =>
        time == TimeSpan.MaxValue ? Unlimited : (long)Math.Floor(time.TotalSeconds);
}
