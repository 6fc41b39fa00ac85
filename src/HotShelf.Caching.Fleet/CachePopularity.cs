namespace HotShelf.Caching.Fleet;

/// <summary>
/// The most read keys, counted by all nodes: a sorted set in Redis, whose members are keys such as <c>product:42</c> and whose scores are their
/// reads. Nodes add to it (<c>AddHotShelfFleet</c>); a cache warmer reads it and lets it decay.
/// </summary>
public static class CachePopularity
{
    /// <summary>The sorted set's key. It contains no version, so that a new version of the cache can be warmed with the keys of the previous one.</summary>
    /// <param name="prefix"><see cref="HotShelfCachingOptions.Prefix"/>.</param>
    public static string RankingKey(string prefix) => $"popularity:{{{prefix}}}";
}

/// <summary>What is not published of keys.</summary>
internal static class PrivateKeys
{
    /// <summary>True for a key of a sliding family: sessions of single users. They are not named, and not warmed.</summary>
    public static bool IsPrivate(this HotShelfCachingOptions options, string key) =>
        (options.Families.TryGetValue(CacheStorage.FamilyOf(key), out var policy) ? policy : options.Default).Sliding is not null;
}
