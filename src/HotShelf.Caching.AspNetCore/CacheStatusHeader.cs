using System.Globalization;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// The <c>Cache-Status</c> response header (RFC 9211) of a read:
/// <c>hotshelf; hit; ttl=3580; detail=l1</c>, <c>hotshelf; fwd=miss; stored; detail=origin</c>, <c>hotshelf; hit; ttl=-12; detail=stale</c>.
/// </summary>
public static class CacheStatusHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "Cache-Status";

    /// <summary>The name this cache goes by in the header.</summary>
    public const string CacheName = "hotshelf";

    private const string Bypass = $"{CacheName}; fwd=bypass";

    private static readonly HeaderTexts s_local = new(static seconds => Hit(seconds, "l1"));
    private static readonly HeaderTexts s_remote = new(static seconds => Hit(seconds, "l2"));

    /// <summary>The header's value for what <paramref name="observation"/> saw; null when it saw no read.</summary>
    public static string? Format(CacheObservation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        return observation.Result switch
        {
            CacheResult.Hit => observation.Tier == CacheTier.L1
                ? s_local[Seconds.Left(observation)]
                : s_remote[Seconds.Left(observation)],
            CacheResult.Stale => Hit(Seconds.Left(observation), "stale"),
            CacheResult.Miss => Miss(observation.Stored, observation.Joined),
            CacheResult.Bypass => Bypass,
            _ => null,
        };
    }

    private static string Hit(long seconds, string detail) =>
        seconds == Seconds.Unlimited
            ? $"{CacheName}; hit; detail={detail}"
            : string.Create(CultureInfo.InvariantCulture, $"{CacheName}; hit; ttl={seconds}; detail={detail}");

    private static string Miss(bool stored, bool joined) => (stored, joined) switch
    {
        (true, false) => $"{CacheName}; fwd=miss; stored; detail=origin",
        (true, true) => $"{CacheName}; fwd=miss; stored; collapsed; detail=origin",
        (false, true) => $"{CacheName}; fwd=miss; collapsed; detail=origin",
        _ => $"{CacheName}; fwd=miss; detail=origin",
    };
}
