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
    private CancellationTokenSource? _abandoned;
    private CancellationTokenSource? _letThrough;
    private int _callers = 1;

    public string Key => key;

    public HybridCacheEntryFlags Flags => flags;

    /// <summary>Cancelled when the last caller has left.</summary>
    public CancellationToken Abandoned => Ensure(ref _abandoned).Token;

    /// <summary>True when a running loader waits for this flight: then the flight waits for no place of a fill gate.</summary>
    public bool IsLetThrough => Volatile.Read(ref _letThrough) is { IsCancellationRequested: true };

    /// <summary>Cancelled when the flight need not wait for a place any more.</summary>
    public CancellationToken LetThrough => Ensure(ref _letThrough).Token;

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
        _ = CancelAsync(Ensure(ref _abandoned));
    }

    /// <summary>A caller joined. One inside a running loader holds a place of a fill gate already, and must not wait for a fill that is queued for one.</summary>
    public void Joined()
    {
        if (LoaderScope.IsInside)
            _ = CancelAsync(Ensure(ref _letThrough));
    }

    /// <summary>Cancelled when this returns. What is registered runs on the pool: it is the loader's, and neither its time nor its exceptions are the caller's.</summary>
    internal static async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException)
        {
            // The loader ends by itself, or by its time limit.
        }
    }

    // Made when first asked for: most flights end in L2, and none of these is needed.
    private static CancellationTokenSource Ensure(ref CancellationTokenSource? source) =>
        Volatile.Read(ref source) ?? Interlocked.CompareExchange(ref source, new CancellationTokenSource(), null) ?? source;

    protected abstract bool IsDone { get; }
}

internal sealed class Flight<T>(string key, HybridCacheEntryFlags flags) : Flight(key, flags)
{
    private TaskCompletionSource<Outcome<T>>? _landing;
    private Outcome<T> _outcome;
    private int _isLanding;
    private int _isLanded;

    /// <summary>
    /// Ends when the flight does. Callers continue elsewhere: what they do must not hold up the flight, nor run inside the cache's own code. Made
    /// when first asked for: a flight that its own caller brings home from L2 needs none.
    /// </summary>
    public Task<Outcome<T>> Landing
    {
        get
        {
            var landing = Source();
            // Who asks shows the source and then looks whether the flight has landed; who lands says so and then looks for a source. One sees the other.
            if (Volatile.Read(ref _isLanded) != 0)
                landing.TrySetResult(_outcome);
            return landing.Task;
        }
    }

    protected override bool IsDone => Volatile.Read(ref _isLanded) != 0 || Volatile.Read(ref _landing) is { Task.IsCompleted: true };

    /// <summary>Only the first outcome counts.</summary>
    public void Land(in Outcome<T> outcome)
    {
        if (Interlocked.Exchange(ref _isLanding, 1) != 0)
            return;
        _outcome = outcome;
        Interlocked.Exchange(ref _isLanded, 1);
        Volatile.Read(ref _landing)?.TrySetResult(outcome);
    }

    public void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _isLanding, 1) != 0)
            return;
        var landing = Source();
        if (exception is OperationCanceledException canceled && Abandoned.IsCancellationRequested)
            landing.TrySetCanceled(canceled.CancellationToken);
        else if (landing.TrySetException(exception))
            _ = landing.Task.Exception;
    }

    private TaskCompletionSource<Outcome<T>> Source()
    {
        if (Volatile.Read(ref _landing) is { } landing)
            return landing;
        landing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _landing, landing, null) ?? landing;
    }
}
