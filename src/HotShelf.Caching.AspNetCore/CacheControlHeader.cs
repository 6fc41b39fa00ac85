using System.Globalization;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// The <c>Cache-Control</c> response header of one family: <c>public, max-age=3600, stale-while-revalidate=3600, stale-if-error=3600</c>
/// (RFC 9111 section 5.2.2 and RFC 5861). <c>max-age</c> counts from the fill, because <c>Age</c> is sent beside it: what a client has left
/// is their difference, which is what this cache has left.
/// </summary>
public sealed class CacheControlHeader
{
    /// <summary>For what no cache may keep.</summary>
    public const string NoStore = "no-store";

    private readonly string _scope;
    private readonly string _grace;
    private readonly BySeconds _texts;
    private readonly BySeconds _negativeTexts;

    /// <summary>Prepares the header of a family.</summary>
    /// <param name="policy">The family's policy; its grace becomes <c>stale-while-revalidate</c> and <c>stale-if-error</c>.</param>
    /// <param name="isPrivate">True when the answer is for one user and shared caches must not keep it.</param>
    public CacheControlHeader(CachePolicy policy, bool isPrivate)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _scope = isPrivate ? "private" : "public";
        var grace = Math.Min(Seconds.Floor(policy.Grace), int.MaxValue);
        _grace = grace > 0
            ? string.Create(CultureInfo.InvariantCulture, $", stale-while-revalidate={grace}, stale-if-error={grace}")
            : "";
        _texts = new BySeconds(seconds => Text(seconds, _grace));
        _negativeTexts = new BySeconds(seconds => Text(seconds, ""));
    }

    /// <summary>The header's value for what <paramref name="observation"/> saw.</summary>
    /// <param name="observation">What the read did.</param>
    /// <param name="isNegative">True for "there is none": its short lifetime has no grace.</param>
    public string Format(CacheObservation observation, bool isNegative = false)
    {
        ArgumentNullException.ThrowIfNull(observation);
        if (observation.Result is CacheResult.Miss or CacheResult.Bypass && !observation.Stored)
            return $"{_scope}, no-cache";
        // A cache may treat 2^31 - 1 or more as "for ever" (RFC 9111 section 1.2.2).
        return (isNegative ? _negativeTexts : _texts)[Math.Min(Seconds.Lifetime(observation), int.MaxValue)];
    }

    private string Text(long seconds, string grace) => string.Create(CultureInfo.InvariantCulture, $"{_scope}, max-age={seconds}{grace}");
}
