namespace HotShelf.Caching.Popularity;

/// <summary>Where the counts of all nodes come together.</summary>
internal interface IPopularityStore
{
    /// <summary>Adds to the ranking in pipelined steps, and keeps it to <see cref="HotShelfCachingOptions.PopularityLimit"/> keys.</summary>
    Task AddReadsAsync(IReadOnlyList<KeyValuePair<string, long>> reads);
}
