namespace HotShelf.Caching.Internal.Flights;

/// <summary>Runs a loader inside its <see cref="LoaderScope"/>.</summary>
internal static class LoaderRun
{
    public static async ValueTask<T> RunAsync<TState, T>(object cache, string[] keys, TState state, Func<TState, CancellationToken, ValueTask<T>> load, CancellationToken abandoned)
    {
        var scope = LoaderScope.Enter(cache, keys);
        try
        {
            return await load(state, abandoned).ConfigureAwait(false);
        }
        finally
        {
            scope.End();
        }
    }
}
