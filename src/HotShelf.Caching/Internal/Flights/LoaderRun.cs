using HotShelf.Caching.Internal.Families;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>Runs a loader within the time limit of its family.</summary>
internal static class LoaderRun
{
    /// <param name="scope">The keys that are filled; null for a load without a place of a fill gate.</param>
    /// <param name="family">The family with the time limit.</param>
    /// <param name="time">The clock of the limit.</param>
    /// <param name="state">Passed to <paramref name="load"/>.</param>
    /// <param name="load">The loader. Its token is cancelled at the time limit and with <paramref name="abandoned"/>.</param>
    /// <param name="abandoned">Cancelled when the last caller has left. The loader is still awaited, because it uses the origin until it ends.</param>
    /// <exception cref="CacheLoaderTimeoutException">The loader timed out. One that ignores its token continues, and its result is dropped.</exception>
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
        // Not disposed while the loader runs: it may use the token.
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
                _ = running.ContinueWith(static (late, cancel) => End(late, (CancellationTokenSource)cancel!), cancel, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>A loader that timed out has ended: nobody else observes its failure, or takes its source off the callers' token.</summary>
    private static void End(Task late, CancellationTokenSource cancel)
    {
        _ = late.Exception;
        cancel.Dispose();
    }
}
