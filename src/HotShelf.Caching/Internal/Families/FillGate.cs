using HotShelf.Caching.Internal.Flights;

namespace HotShelf.Caching.Internal.Families;

/// <summary>Bounds how many loaders of a family run at once, how many may wait and for how long, so that a cold cache does not flatten the database.</summary>
internal sealed class FillGate(string family, int maximumRunning, int maximumQueued, TimeSpan maximumWait)
{
    private readonly SemaphoreSlim _places = new(maximumRunning);
    private int _queued;

    public int Queued => Volatile.Read(ref _queued);

    /// <summary>
    /// Waits for a place. True when one was taken: the caller gives it back with <see cref="Leave"/>. False when the fill goes on without one, in the
    /// place of the loader that waits for it: a fill that a loader began, or that a loader joined while it was queued.
    /// </summary>
    /// <param name="flights">Who waits for the fill; null for nobody.</param>
    /// <param name="time">The clock of the wait's limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CacheOverloadedException">As many wait already as may, or the wait took too long.</exception>
    public ValueTask<bool> EnterAsync(Flight?[] flights, TimeProvider time, CancellationToken cancellationToken)
    {
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
