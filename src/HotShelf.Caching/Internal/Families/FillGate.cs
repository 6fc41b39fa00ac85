namespace HotShelf.Caching.Internal.Families;

/// <summary>Bounds how many loaders of a family run at once and how many may wait, so that a cold cache does not flatten the database.</summary>
internal sealed class FillGate(string family, int maximumRunning, int maximumQueued)
{
    private readonly SemaphoreSlim _places = new(maximumRunning);
    private int _queued;

    public int Queued => Volatile.Read(ref _queued);

    /// <summary>Waits for a place; the caller gives it back with <see cref="Leave"/>.</summary>
    /// <exception cref="CacheOverloadedException">As many wait already as may.</exception>
    public ValueTask EnterAsync(CancellationToken cancellationToken) =>
        _places.Wait(0, CancellationToken.None) ? ValueTask.CompletedTask : new ValueTask(QueueAsync(cancellationToken));

    public void Leave() => _places.Release();

    private async Task QueueAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _queued) > maximumQueued)
        {
            Interlocked.Decrement(ref _queued);
            throw new CacheOverloadedException(family, maximumRunning, maximumQueued);
        }

        try
        {
            await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
        }
    }
}
