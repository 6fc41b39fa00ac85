namespace HotShelf.Caching.Internal.Flights;

/// <summary>
/// One run of a loader, visible to the code inside it by an <see cref="AsyncLocal{T}"/>. A loader that reads the cache already holds a place of a fill gate: if
/// it waited for another place, loaders that hold all places could deadlock. If it requested its own key, it would wait for itself.
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

    /// <summary>True inside a running loader of any cache: loaders of two caches could deadlock like those of two families.</summary>
    public static bool IsInside => Running is not null;

    // Work that a loader started and that outlives it keeps its execution context, but is not part of the loader any more.
    private static LoaderScope? Running => FirstRunning(s_current.Value);

    /// <summary>True when a running loader of this execution context fills the key.</summary>
    public static bool Fills(object cache, string key)
    {
        for (var scope = Running; scope is not null; scope = FirstRunning(scope._outer))
        {
            if (ReferenceEquals(scope._cache, cache) && Array.IndexOf(scope._keys, key) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>Begins a scope. Call from an async method: its caller's execution context is restored when it returns.</summary>
    public static LoaderScope Enter(object cache, params string[] keys) => s_current.Value = new LoaderScope(cache, keys, Running);

    public void End() => _hasEnded = true;

    private static LoaderScope? FirstRunning(LoaderScope? scope)
    {
        while (scope is { _hasEnded: true })
            scope = scope._outer;
        return scope;
    }
}
