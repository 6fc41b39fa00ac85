using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Internal.Flights;

/// <summary>What the flights of one batch share: the loader, cancelled when the last caller of the last of them has left.</summary>
internal sealed class Batch<TId, T>(Func<IReadOnlyList<TId>, CancellationToken, ValueTask<IReadOnlyDictionary<TId, T>>> load, Func<T, IEnumerable<string>>? tags)
    where TId : notnull
{
    // Left to the collector: flights may outlive the caller who began them.
    private readonly CancellationTokenSource _abandoned = new();
    private int _flying;

    public Func<T, IEnumerable<string>>? Tags => tags;

    public CancellationToken Abandoned { get; private set; }

    public void Own(List<Flight> flights)
    {
        Abandoned = _abandoned.Token;
        _flying = flights.Count;
        foreach (var flight in flights)
        {
            flight.WhenAbandoned = () =>
            {
                if (Interlocked.Decrement(ref _flying) == 0)
                    _ = Flight.CancelAsync(_abandoned);
            };
        }
    }

    public ValueTask<IReadOnlyDictionary<TId, T>> LoadAsync(IReadOnlyList<TId> ids, CancellationToken cancellationToken) => load(ids, cancellationToken);
}

/// <summary>One key of a batch.</summary>
internal sealed class BatchItem<TId, T>(TId id, string key, FamilyState family, EntrySettings settings)
    where TId : notnull
{
    public TId Id => id;

    /// <summary>Blank instead of null, which the cache works with as little.</summary>
    public string Key => key;

    public FamilyState Family => family;

    public EntrySettings Settings { get; set; } = settings;

    public Flight<T>? Flight { get; set; }

    /// <summary>False for a key that the cache does not work with.</summary>
    public bool IsUsable { get; set; }

    /// <summary>True when somebody else runs the flight.</summary>
    public bool IsJoined { get; set; }

    public bool IsLanded { get; set; }

    /// <summary>True when its callers have a stale value and it is loaded for the cache alone.</summary>
    public bool IsServedStale { get; set; }

    /// <summary>True when another process fills it, or has just done so.</summary>
    public bool IsHeldElsewhere { get; set; }

    public long KnownFillId { get; set; }

    public LocalEntry<T>? Stale { get; set; }

    /// <summary>The lease, when it is ours.</summary>
    public FillLease? Lease { get; set; }
}

/// <summary>Loads one key of a batch alone, after waiting in vain for another process.</summary>
internal sealed class SingleOfBatch<TId, T>(Batch<TId, T> batch, TId id) : Loader<T>
    where TId : notnull
{
    public override async ValueTask<T> LoadAsync(CacheFillContext context, CancellationToken cancellationToken)
    {
        var loaded = await batch.LoadAsync([id], cancellationToken).ConfigureAwait(false);
        if (!loaded.TryGetValue(id, out var value))
            throw new AbsentFromBatchException();
        foreach (var tag in batch.Tags?.Invoke(value) ?? [])
            context.AddTag(tag);
        return value;
    }
}
