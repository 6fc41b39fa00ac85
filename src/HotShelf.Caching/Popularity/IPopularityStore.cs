namespace HotShelf.Caching.Popularity;

/// <summary>Stores the counts of all nodes.</summary>
internal interface IPopularityStore
{
    /// <summary>Adds to the ranking in pipelined batches, and trims it to <see cref="HotShelfCachingOptions.PopularityLimit"/> keys.</summary>
    Task AddReadsAsync(IReadOnlyList<KeyValuePair<string, long>> reads);
}
