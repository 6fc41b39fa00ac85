namespace HotShelf.Caching;

/// <summary>
/// Which keys are read most, as all nodes together have counted: a sorted set in Redis, members are keys such as <c>product:42</c>, scores their
/// reads. Nodes add to it (<c>AddHotShelfPopularity</c>); whoever warms the cache reads it and lets it decay.
/// </summary>
public static class CachePopularity
{
    /// <summary>The sorted set's key. It carries no version, so that a new version of the cache is warmed by what was popular in the old one.</summary>
    /// <param name="prefix"><see cref="HotShelfCachingOptions.Prefix"/>.</param>
    public static string RankingKey(string prefix) => $"popularity:{{{prefix}}}";
}
