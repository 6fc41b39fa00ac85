using HotShelf.Caching.Internal.Local;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>How a flight ended.</summary>
/// <param name="Entry">The value, for each caller to read.</param>
/// <param name="Tier">Where it came from.</param>
/// <param name="Result">How it was found.</param>
/// <param name="Stored">True when the next read can hit.</param>
internal readonly record struct Outcome<T>(LocalEntry<T> Entry, CacheTier Tier, CacheResult Result, bool Stored);

/// <summary>
/// One running look-up or fill of a key in this process, shared by all callers who ask for it meanwhile. It belongs to all of them: one who
/// gives up leaves alone, and only when the last has left is the loader cancelled.
/// </summary>
internal abstract class Flight(string key, HybridCacheEntryFlags flags)
{
    private readonly CancellationTokenSource _abandoned = new();
    private int _callers = 1;

    public string Key => key;

    public HybridCacheEntryFlags Flags => flags;

    /// <summary>Cancelled when the last caller has left.</summary>
    public CancellationToken Abandoned => _abandoned.Token;

    /// <summary>Called when the last caller has left.</summary>
    public Action? WhenAbandoned { get; set; }

    public int Callers => Volatile.Read(ref _callers);

    /// <summary>One more caller; false when the last has left, whose going cannot be undone.</summary>
    public bool TryJoin()
    {
        while (true)
        {
            var callers = Volatile.Read(ref _callers);
            if (callers == 0)
                return false;
            if (Interlocked.CompareExchange(ref _callers, callers + 1, callers) == callers)
                return true;
        }
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _callers) != 0 || IsDone)
            return;
        WhenAbandoned?.Invoke();
        _abandoned.Cancel();
    }

    protected abstract bool IsDone { get; }
}

internal sealed class Flight<T>(string key, HybridCacheEntryFlags flags) : Flight(key, flags)
{
    // Callers continue elsewhere: what they do must not hold up the flight, nor run inside the cache's own code.
    private readonly TaskCompletionSource<Outcome<T>> _landing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Outcome<T>> Landing => _landing.Task;

    protected override bool IsDone => _landing.Task.IsCompleted;

    public void Land(in Outcome<T> outcome) => _landing.TrySetResult(outcome);

    public void Fail(Exception exception)
    {
        if (exception is OperationCanceledException canceled && Abandoned.IsCancellationRequested)
            _landing.TrySetCanceled(canceled.CancellationToken);
        else if (_landing.TrySetException(exception))
            _ = _landing.Task.Exception;
    }
}
