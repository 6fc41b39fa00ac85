namespace HotShelf.Caching;

/// <summary>The result of <c>TryGetAsync</c>.</summary>
/// <param name="Found">True when the cache contains the key, also with a null value.</param>
/// <param name="Value">The value, or the default of <typeparamref name="T"/> when nothing was found.</param>
/// <param name="IsStale">True when the value is past its lifetime and within its grace.</param>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly record struct CacheRead<T>(bool Found, T? Value, bool IsStale)
{
    /// <summary>True when nothing was found because Redis could not be reached: the cache may contain the key. For a value that cannot be loaded again, such as a session, treat this differently from "not found".</summary>
    public bool IsUnavailable { get; init; }
}
