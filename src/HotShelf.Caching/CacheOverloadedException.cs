namespace HotShelf.Caching;

/// <summary>
/// The queue for loaders of one family is full (<see cref="CachePolicy.MaximumQueuedFills"/>), or the wait in it timed out, and there is no stale value to
/// serve.
/// </summary>
public sealed class CacheOverloadedException : Exception
{
    /// <summary>Creates the exception for <paramref name="family"/>.</summary>
    public CacheOverloadedException(string family, int running, int queued)
        : base($"The cache family '{family}' has {running} loaders running and {queued} waiting, as many as its policy allows. Try again later, or raise Caching:Families:{family}:MaximumConcurrentFills or :MaximumQueuedFills.") =>
        Family = family;

    internal CacheOverloadedException(string family, TimeSpan waited)
        : base($"A load of the cache family '{family}' waited {waited} for a place, as long as its policy allows. Try again later, or raise Caching:Families:{family}:MaximumConcurrentFills.") =>
        Family = family;

    /// <summary>The family whose limits are reached.</summary>
    public string Family { get; }
}
