namespace HotShelf.CacheWorker.Feed;

/// <summary>Tells the cache what is stale.</summary>
internal interface ICacheInvalidator
{
    /// <summary>Returns when every node's cache has been told, or will be by the server itself.</summary>
    /// <exception cref="CacheUnreachableException">The cache cannot be told now. It is not the rows' fault: they must be kept and tried again.</exception>
    /// <exception cref="Exception">The cache refuses something in it, such as a malformed key.</exception>
    Task InvalidateAsync(Invalidation invalidation, CancellationToken cancellationToken);

    /// <summary>Whether the cache accepts an invalidation at all, tried with one that changes nothing.</summary>
    Task<bool> IsReachableAsync(CancellationToken cancellationToken);
}

/// <summary>Redis cannot be reached, or does not accept writes.</summary>
internal sealed class CacheUnreachableException(string message) : Exception(message);
