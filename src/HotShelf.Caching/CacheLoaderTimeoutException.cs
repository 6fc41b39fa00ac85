namespace HotShelf.Caching;

/// <summary>A loader timed out (<see cref="CachePolicy.LoaderHardTimeout"/>), and there is no stale value to serve.</summary>
public sealed class CacheLoaderTimeoutException : TimeoutException
{
    /// <summary>Creates the exception for <paramref name="family"/>.</summary>
    public CacheLoaderTimeoutException(string family, TimeSpan timeout)
        : base($"A loader of the cache family '{family}' took longer than {timeout}. Make the loader faster, or raise Caching:Families:{family}:LoaderHardTimeout.") =>
        Family = family;

    /// <summary>The family of the key that was loaded.</summary>
    public string Family { get; }
}
