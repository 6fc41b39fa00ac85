namespace HotShelf.Caching;

/// <summary>What <c>TryGetAsync</c> found.</summary>
/// <param name="Found">True when the cache holds the key, be its value null.</param>
/// <param name="Value">The value, or the default of <typeparamref name="T"/> when nothing was found.</param>
/// <param name="IsStale">True when the value is past its lifetime and inside its grace.</param>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly record struct CacheRead<T>(bool Found, T? Value, bool IsStale)
{
    /// <summary>True when nothing was found because Redis could not be asked: the cache may hold the key. For what cannot be loaded again, such as a session, that is another answer than "not found".</summary>
    public bool IsUnavailable { get; init; }
}
