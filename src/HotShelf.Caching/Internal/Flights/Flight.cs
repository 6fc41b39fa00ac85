using HotShelf.Caching.Internal.Local;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>The result of a flight.</summary>
/// <param name="Entry">The entry that each caller reads.</param>
/// <param name="Tier">The tier that it came from.</param>
/// <param name="Result">Hit, stale or miss.</param>
/// <param name="Stored">True when the entry was stored, so that the next read can hit.</param>
internal readonly record struct Outcome<T>(LocalEntry<T> Entry, CacheTier Tier, CacheResult Result, bool Stored);

/// <summary>What was known of removed tags when a flight began.</summary>
/// <param name="TagEpoch">The tag table's epoch. A caller that joins at a later one must check the tags of the result.</param>
/// <param name="Position">All removals up to this one were known; read after the epoch.</param>
/// <param name="Tags">The tags that its first caller gave; the loader may add others.</param>
internal readonly record struct FlightOrigin(int TagEpoch, long Position, string[] Tags);

/// <summary>A lease: the exclusive right in the fleet to fill one key.</summary>
/// <param name="Token">Identifies the holder to the server.</param>
/// <param name="ServerTime">The server's time when the lease was acquired, Unix microseconds: the beginning of the fill.</param>
internal sealed record FillLease(long Token, long ServerTime);

/// <summary>
/// One in-flight look-up or fill of a key in this process, shared by all callers that request the key meanwhile. It belongs to all of them: a caller can
/// leave without affecting the others, and the loader is cancelled only when the last one has left.
/// </summary>
internal abstract class Flight(string key, HybridCacheEntryFlags flags, in FlightOrigin origin)
{
    private CancellationTokenSource? _abandoned;
    private CancellationTokenSource? _letThrough;
    private int _callers = 1;

    public string Key => key;

    public HybridCacheEntryFlags Flags => flags;

    public FlightOrigin Origin { get; } = origin;

    /// <summary>Until when the steps before the load wait for Redis; steady milliseconds. Set by the caller that runs the flight.</summary>
    public long RemoteUntil { get; set; }

    /// <summary>Cancelled when the last caller has left.</summary>
    public CancellationToken Abandoned => Ensure(ref _abandoned).Token;

    /// <summary>True when a running loader waits for this flight: the flight then does not wait for a place of a fill gate.</summary>
    public bool IsLetThrough => Volatile.Read(ref _letThrough) is { IsCancellationRequested: true };

    /// <summary>Cancelled when the flight no longer has to wait for a place.</summary>
    public CancellationToken LetThrough => Ensure(ref _letThrough).Token;

    /// <summary>Called when the last caller has left, also after the flight is done.</summary>
    public Action? WhenLeft { get; set; }

    public int Callers => Volatile.Read(ref _callers);

    /// <summary>Adds a caller. False when the last caller has left: the flight is abandoned and cannot be joined again.</summary>
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
        if (Interlocked.Decrement(ref _callers) != 0)
            return;
        WhenLeft?.Invoke();
        if (!IsDone)
            _ = CancelAsync(Ensure(ref _abandoned));
    }

    /// <summary>Call after a join. A caller inside a running loader already holds a place of a fill gate, and must not wait for a fill that is queued for one.</summary>
    public void Joined()
    {
        if (LoaderScope.IsInside)
            _ = CancelAsync(Ensure(ref _letThrough));
    }

    /// <summary>Cancels the source. Registered callbacks run on the thread pool: they belong to the loader, and must not delay the caller or throw to it.</summary>
    internal static async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException)
        {
            // A callback of the loader threw. The loader ends on its own, or at its time limit.
        }
    }

    // Created on first use: most flights end with the read of L2 and need no source.
    private static CancellationTokenSource Ensure(ref CancellationTokenSource? source) =>
        Volatile.Read(ref source) ?? Interlocked.CompareExchange(ref source, new CancellationTokenSource(), null) ?? source;

    /// <summary>True when it has an outcome or has failed.</summary>
    public abstract bool IsDone { get; }
}

internal sealed class Flight<T>(string key, HybridCacheEntryFlags flags, in FlightOrigin origin) : Flight(key, flags, origin)
{
    private TaskCompletionSource<Outcome<T>>? _completion;
    private Outcome<T> _outcome;
    private int _isCompleting;
    private int _isCompleted;

    /// <summary>
    /// Completes with the flight. Continuations run asynchronously, so that callers neither delay the flight nor run inside the cache's code. Created on
    /// first use: a flight that ends in L2 for its only caller needs no task.
    /// </summary>
    public Task<Outcome<T>> Completion
    {
        get
        {
            var completion = Source();
            // The reader publishes the source and then reads the flag; the writer sets the flag and then reads the source. So at least one of them sees the other.
            if (Volatile.Read(ref _isCompleted) != 0)
                completion.TrySetResult(_outcome);
            return completion.Task;
        }
    }

    public override bool IsDone => Volatile.Read(ref _isCompleted) != 0 || Volatile.Read(ref _completion) is { Task.IsCompleted: true };

    /// <summary>Sets the outcome; only the first one counts.</summary>
    public void Complete(in Outcome<T> outcome)
    {
        if (Interlocked.Exchange(ref _isCompleting, 1) != 0)
            return;
        _outcome = outcome;
        Interlocked.Exchange(ref _isCompleted, 1);
        Volatile.Read(ref _completion)?.TrySetResult(outcome);
    }

    public void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _isCompleting, 1) != 0)
            return;
        var completion = Source();
        if (exception is OperationCanceledException canceled && Abandoned.IsCancellationRequested)
            completion.TrySetCanceled(canceled.CancellationToken);
        else if (completion.TrySetException(exception))
            _ = completion.Task.Exception;
    }

    private TaskCompletionSource<Outcome<T>> Source()
    {
        if (Volatile.Read(ref _completion) is { } completion)
            return completion;
        completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _completion, completion, null) ?? completion;
    }
}
