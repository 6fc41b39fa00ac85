using HotShelf.Caching.Internal.Families;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Runs a loader within the time that its family allows.</summary>
internal static class LoaderRun
{
    /// <param name="scope">What is filled; null for a load that holds no place of a fill gate.</param>
    /// <param name="family">Whose time limit counts.</param>
    /// <param name="time">The clock of that limit.</param>
    /// <param name="state">Handed to <paramref name="load"/>.</param>
    /// <param name="load">The loader. Its token is cancelled when the time is over or <paramref name="abandoned"/> is.</param>
    /// <param name="abandoned">Cancelled when nobody waits any more. The loader is still waited for then: it uses the origin until it ends.</param>
    /// <exception cref="CacheLoaderTimeoutException">The time was over. A loader that ignores its token goes on, and its result is dropped.</exception>
    public static async ValueTask<T> RunAsync<TState, T>(
        (object Cache, string[] Keys)? scope, FamilyState family, TimeProvider time, TState state, Func<TState, CancellationToken, ValueTask<T>> load, CancellationToken abandoned)
    {
        var entered = scope is { } fill ? LoaderScope.Enter(fill.Cache, fill.Keys) : null;
        try
        {
            var limit = family.Policy.LoaderHardTimeout;
            return limit == TimeSpan.MaxValue
                ? await load(state, abandoned).ConfigureAwait(false)
                : await RunWithinAsync(limit, family, time, state, load, abandoned).ConfigureAwait(false);
        }
        finally
        {
            entered?.End();
        }
    }

    private static async ValueTask<T> RunWithinAsync<TState, T>(
        TimeSpan limit, FamilyState family, TimeProvider time, TState state, Func<TState, CancellationToken, ValueTask<T>> load, CancellationToken abandoned)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        // Not disposed: a loader that ignores it may use it for as long as it runs.
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(abandoned, deadline.Token);
        Task<T>? running = null;
        try
        {
            var loading = load(state, cancel.Token);
            if (loading.IsCompleted)
                return await loading.ConfigureAwait(false);
            running = loading.AsTask();
            return await running.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !abandoned.IsCancellationRequested)
        {
            throw new CacheLoaderTimeoutException(family.Name, limit);
        }
        finally
        {
            if (running is null or { IsCompleted: true })
                cancel.Dispose();
            else
                _ = running.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }
}
