using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;
using HotShelf.Caching.Internal.Remote;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>The shared state of a batch's flights: the loader, which is cancelled when the last caller of the last flight has left.</summary>
internal sealed class Batch<TId, T>(
    Func<IReadOnlyList<TId>, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> load, Func<T, IEnumerable<string>>? tags, Func<T, long>? version)
    where TId : notnull
{
    // Not disposed: flights may outlive the caller that started them.
    private readonly CancellationTokenSource _abandoned = new();
    private int _flying;

    public CancellationToken Abandoned { get; private set; }

    /// <summary>Until when to wait for Redis to check what others loaded: once for all keys. Null before the first check.</summary>
    public long? CheckUntil { get; set; }

    /// <summary>The same loader for further flights.</summary>
    public Batch<TId, T> Again() => new(load, tags, version);

    public void Own(List<Flight> flights)
    {
        Abandoned = _abandoned.Token;
        _flying = flights.Count;
        foreach (var flight in flights)
        {
            flight.WhenLeft = () =>
            {
                if (Interlocked.Decrement(ref _flying) == 0 && flights.Exists(static flight => !flight.IsDone))
                    _ = Flight.CancelAsync(_abandoned);
            };
        }
    }

    /// <summary>Gives the tags and the version of a loaded value to its entry.</summary>
    public void Describe(T value, CacheFillContext context)
    {
        foreach (var tag in tags?.Invoke(value) ?? [])
            context.AddTag(tag);
        if (version is not null)
            context.Version = version(value);
    }

    public ValueTask<IReadOnlyDictionary<TId, T>> LoadAsync(IReadOnlyList<TId> ids, CancellationToken cancellationToken) => load(ids, cancellationToken);
}

/// <summary>One key of a batch.</summary>
internal sealed class BatchItem<TId, T>(TId id, string key, FamilyState family, EntrySettings settings)
    where TId : notnull
{
    public TId Id => id;

    /// <summary>Null keys are treated like blank keys: not cached.</summary>
    public string Key => key;

    public FamilyState Family => family;

    public RemoteKey RemoteKey => new(Key, Settings.Sliding);

    public EntrySettings Settings { get; set; } = settings;

    public Flight<T>? Flight { get; set; }

    /// <summary>False for an invalid key, which is loaded and not cached.</summary>
    public bool IsUsable { get; set; }

    /// <summary>True when the policy stores that there is no value.</summary>
    public bool MayBeNull => default(T) is null && family.Policy.Negative is not null;

    /// <summary>True when another caller runs the flight.</summary>
    public bool IsJoined { get; set; }

    public bool IsDone { get; set; }

    /// <summary>When this process began to read it: a timestamp.</summary>
    public long Started { get; set; }

    /// <summary>True when the callers have received a stale value and the load continues for the cache.</summary>
    public bool IsServedStale { get; set; }

    /// <summary>True when another process fills the entry, or has just filled it.</summary>
    public bool IsLeasedElsewhere { get; set; }

    /// <summary>True when Redis has a recent entry of another shape: the loaded one is kept in L1 only.</summary>
    public bool IsLocalOnly { get; set; }

    public long KnownFillId { get; set; }

    public LocalEntry<T>? Stale { get; set; }

    /// <summary>The lease, when this process holds it.</summary>
    public FillLease? Lease { get; set; }

    /// <summary>What the load gave, unless there is an <see cref="Error"/>.</summary>
    public Outcome<T> Result { get; set; }

    public Exception? Error { get; set; }
}

/// <summary>Loads one key of a batch on its own, after waiting for another process without result.</summary>
internal sealed class SingleOfBatch<TId, T>(Batch<TId, T> batch, BatchItem<TId, T> item) : Loader<T>
    where TId : notnull
{
    /// <summary>True when there is no value, and none to store. That is no failure of the loader, which a stale value would stand in for.</summary>
    public bool IsAbsent { get; private set; }

    public override async ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken)
    {
        var loaded = await batch.LoadAsync([item.Id], cancellationToken).ConfigureAwait(false);
        if (loaded.TryGetValue(item.Id, out var value) && value is not null)
        {
            batch.Describe(value, context);
        }
        else if (!item.MayBeNull)
        {
            IsAbsent = true;
            context.Expiration = TimeSpan.Zero;
        }

        return value!;
    }
}

/// <summary>The loader of a batch returned no value for the key. Internal: callers do not see it.</summary>
internal sealed class AbsentFromBatchException : Exception;
