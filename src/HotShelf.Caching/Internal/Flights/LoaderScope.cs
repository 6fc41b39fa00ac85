namespace HotShelf.Caching.Internal.Flights;

/// <summary>
/// One run of a loader, as the asynchronous flow inside it knows it. A loader that reads the cache holds a place of a fill gate already: if it waited for
/// another, loaders that all hold one could wait for each other for ever. And if it asked for its own key, it would wait for itself.
/// </summary>
internal sealed class LoaderScope
{
    private static readonly AsyncLocal<LoaderScope?> s_current = new();

    private readonly object _cache;
    private readonly string[] _keys;
    private readonly LoaderScope? _outer;
    private volatile bool _hasEnded;

    private LoaderScope(object cache, string[] keys, LoaderScope? outer)
    {
        _cache = cache;
        _keys = keys;
        _outer = outer;
    }

    /// <summary>True inside a running loader of any cache: two caches can wait for each other like two families.</summary>
    public static bool IsInside => Running is not null;

    // Work that a loader started and that outlives it keeps the loader's flow, but is not part of it any more.
    private static LoaderScope? Running => FirstRunning(s_current.Value);

    /// <summary>True when a running loader of this flow fills the key.</summary>
    public static bool Fills(object cache, string key)
    {
        for (var scope = Running; scope is not null; scope = FirstRunning(scope._outer))
        {
            if (ReferenceEquals(scope._cache, cache) && Array.IndexOf(scope._keys, key) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Begins a scope. To be called by an asynchronous method: its caller's flow is restored when it returns.</summary>
    public static LoaderScope Enter(object cache, params string[] keys) => s_current.Value = new LoaderScope(cache, keys, Running);

    public void End() => _hasEnded = true;

    private static LoaderScope? FirstRunning(LoaderScope? scope)
    {
        while (scope is { _hasEnded: true })
            scope = scope._outer;
        return scope;
    }
}
