using System.Globalization;

namespace HotShelf.Caching.AspNetCore;

/// <summary>
/// The <c>Cache-Control</c> response header of one family: <c>public, max-age=3600, stale-while-revalidate=3600, stale-if-error=3600</c>
/// (RFC 9111 section 5.2.2 and RFC 5861). <c>max-age</c> counts from the fill, because <c>Age</c> is sent beside it: what a client has left
/// is their difference, which is what this cache has left. Where clients must revalidate with each use:
/// <c>public, must-revalidate, max-age=0, s-maxage=30</c>, with <c>s-maxage</c> counting from the fill, too.
/// </summary>
public sealed class CacheControlHeader
{
    /// <summary>For what no cache may keep.</summary>
    public const string NoStore = "no-store";

    private readonly string _scope;
    private readonly string _noCache;
    private readonly long? _sharedSeconds;
    private readonly HeaderTexts _texts;
    private readonly HeaderTexts _negativeTexts;

    /// <summary>Prepares the header of a family.</summary>
    /// <param name="policy">The family's policy; its grace becomes <c>stale-while-revalidate</c> and <c>stale-if-error</c>.</param>
    /// <param name="isPrivate">True when the answer is for one user and shared caches must not keep it.</param>
    /// <param name="sharedLifetime">
    /// Null when browsers keep the answer as long as the policy does. Otherwise browsers revalidate with each use, and shared caches keep the answer for at
    /// most this long after the fill; zero for not at all. A private answer says <c>no-cache</c> then.
    /// </param>
    public CacheControlHeader(CachePolicy policy, bool isPrivate, TimeSpan? sharedLifetime = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _scope = isPrivate ? "private" : "public";
        _noCache = $"{_scope}, no-cache";
        if (sharedLifetime is { } shared)
        {
            _sharedSeconds = isPrivate ? 0 : Seconds.Floor(shared);
            _texts = _negativeTexts = new HeaderTexts(static seconds => string.Create(CultureInfo.InvariantCulture, $"public, must-revalidate, max-age=0, s-maxage={seconds}"));
            return;
        }

        var seconds = Math.Min(Seconds.Floor(policy.Grace), int.MaxValue);
        var grace = seconds > 0
            ? string.Create(CultureInfo.InvariantCulture, $", stale-while-revalidate={seconds}, stale-if-error={seconds}")
            : "";
        _texts = new HeaderTexts(seconds => Text(seconds, grace));
        _negativeTexts = new HeaderTexts(seconds => Text(seconds, ""));
    }

    /// <summary>The header's value for what <paramref name="observation"/> saw.</summary>
    /// <param name="observation">What the read did.</param>
    /// <param name="isNegative">True for "there is none": its short lifetime has no grace.</param>
    public string Format(CacheObservation observation, bool isNegative = false) => Format(observation, isNegative, hasAge: true);

    /// <param name="observation">What the read did.</param>
    /// <param name="isNegative">True for "there is none".</param>
    /// <param name="hasAge">False when no <c>Age</c> is sent beside it: <c>max-age</c> is what is left.</param>
    internal string Format(CacheObservation observation, bool isNegative, bool hasAge)
    {
        ArgumentNullException.ThrowIfNull(observation);
        if (observation.Result is CacheResult.Miss or CacheResult.Bypass && !observation.Stored)
            return _noCache;
        // A cache may treat 2^31 - 1 or more as "for ever" (RFC 9111 section 1.2.2).
        var lifetime = Math.Min(hasAge ? Seconds.Lifetime(observation) : Math.Max(0, Seconds.Left(observation)), int.MaxValue);
        if (_sharedSeconds is { } limit)
        {
            lifetime = Math.Min(lifetime, limit);
            // Some shared caches do not subtract Age: a stale answer must not be kept by them for a lifetime that has passed.
            if (lifetime == 0 || observation.Result == CacheResult.Stale)
                return _noCache;
        }

        return (isNegative ? _negativeTexts : _texts)[lifetime];
    }

    private string Text(long seconds, string grace) => string.Create(CultureInfo.InvariantCulture, $"{_scope}, max-age={seconds}{grace}");
}
