using HotShelf.Caching.Fleet;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>What a node delivers at once.</summary>
internal sealed record FleetBatch
{
    /// <summary>One more with each batch; the same when a batch is sent again.</summary>
    public required long Sequence { get; init; }

    /// <summary>The node as it is now; not part of what is counted once.</summary>
    public required FleetNodeDocument Node { get; init; }

    /// <summary>True for the last batch of a node that stops: it leaves the registry.</summary>
    public bool Leaves { get; init; }

    /// <summary>What grew since the last batch.</summary>
    public required IReadOnlyList<FleetCounts> Counts { get; init; }

    /// <summary>What changed something for everybody.</summary>
    public required IReadOnlyList<CacheEvent> Changes { get; init; }

    /// <summary>Fills, removed keys and dropped copies.</summary>
    public required IReadOnlyList<CacheEvent> Traffic { get; init; }
}

/// <summary>What the registry keeps of a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Types">The types of values that it knows, by fingerprint.</param>
internal sealed record FleetNodeDocument(CacheNode Node, IReadOnlyDictionary<string, string> Types);

/// <summary>What one family, or with an empty name the whole node, counted in one minute.</summary>
/// <param name="Minute">Minutes since 1970.</param>
/// <param name="Family">The family, or nothing.</param>
/// <param name="Values">By slot (<see cref="FleetSlots"/>).</param>
internal sealed record FleetCounts(long Minute, string Family, IReadOnlyDictionary<int, long> Values);
