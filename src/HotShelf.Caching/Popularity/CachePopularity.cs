namespace HotShelf.Caching;

/// <summary>
/// The most read keys, counted by all nodes: a sorted set in Redis, whose members are keys such as <c>product:42</c> and whose scores are their
/// reads. Nodes add to it (<c>AddHotShelfPopularity</c>); a cache warmer reads it and lets it decay.
/// </summary>
public static class CachePopularity
{
    /// <summary>The sorted set's key. It contains no version, so that a new version of the cache can be warmed with the keys of the previous one.</summary>
    /// <param name="prefix"><see cref="HotShelfCachingOptions.Prefix"/>.</param>
    public static string RankingKey(string prefix) => $"popularity:{{{prefix}}}";
}
