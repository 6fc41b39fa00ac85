using HotShelf.Caching.Internal.Flights;

namespace HotShelf.Caching.Internal.Families;

/// <summary>Limits the concurrent loaders of a family, their queue and the wait in it, so that a cold cache does not overload the database.</summary>
internal sealed class FillGate(string family, int maximumRunning, int maximumQueued, TimeSpan maximumWait)
{
    private readonly SemaphoreSlim _places = new(maximumRunning);
    private int _queued;

    public int Queued => Volatile.Read(ref _queued);

    /// <summary>
    /// Waits for a place. True when a place was taken: the caller must return it with <see cref="Leave"/>. False when the fill continues without a place,
    /// because a running loader waits for it: a fill started by a loader, or joined by one while it was queued.
    /// </summary>
    /// <param name="flights">The flights that wait for the fill; null entries for none.</param>
    /// <param name="time">The clock of the time limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="CacheOverloadedException">The queue is full, or the wait timed out.</exception>
    public ValueTask<bool> EnterAsync(Flight?[] flights, TimeProvider time, CancellationToken cancellationToken)
    {
        // Also where no wait would be needed: nobody is left who wants the result.
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<bool>(cancellationToken);
        if (LoaderScope.IsInside || IsLetThrough(flights))
            return new(false);
        return _places.Wait(0, CancellationToken.None) ? new(true) : new(QueueAsync(flights, time, cancellationToken));
    }

    public void Leave() => _places.Release();

    private async Task<bool> QueueAsync(Flight?[] flights, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _queued) > maximumQueued)
        {
            Interlocked.Decrement(ref _queued);
            throw new CacheOverloadedException(family, maximumRunning, maximumQueued);
        }

        try
        {
            using var limit = maximumWait == TimeSpan.MaxValue ? new CancellationTokenSource() : new CancellationTokenSource(maximumWait, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource([cancellationToken, limit.Token, .. flights.Select(flight => flight?.LetThrough ?? default)]);
            await _places.WaitAsync(end.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return IsLetThrough(flights) ? false : throw new CacheOverloadedException(family, maximumWait);
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
        }
    }

    private static bool IsLetThrough(Flight?[] flights) => Array.Exists(flights, static flight => flight is { IsLetThrough: true });
}
