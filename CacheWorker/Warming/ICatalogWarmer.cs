namespace HotShelf.CacheWorker.Warming;

/// <summary>Makes the cache hold what readers will ask for.</summary>
internal interface ICatalogWarmer
{
    /// <summary>Reads the keys as an API node would, so that what is fresh stays and what is missing is loaded by its family's policy.</summary>
    /// <returns>How many of the keys name something that can be loaded.</returns>
    Task<int> WarmAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Reads one key as a reader would, which also begins to refresh it when it nears the end of its life; an unknown key is left alone.</summary>
    Task ReadAsync(string key, CancellationToken cancellationToken);
}
