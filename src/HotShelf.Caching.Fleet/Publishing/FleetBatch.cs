namespace HotShelf.Caching.Fleet;

/// <summary>The data that a node sends at once.</summary>
internal sealed record FleetBatch
{
    /// <summary>Increases with each batch; unchanged when a batch is sent again.</summary>
    public required long Sequence { get; init; }

    /// <summary>The current description of the node; updated also when the batch is a repetition.</summary>
    public required FleetNodeDocument Node { get; init; }

    /// <summary>True for the last batch of a stopping node: it is removed from the registry.</summary>
    public bool Leaves { get; init; }

    /// <summary>The increase of the counts since the last batch.</summary>
    public required IReadOnlyList<FleetCounts> Counts { get; init; }

    /// <summary>Events that affect all nodes.</summary>
    public required IReadOnlyList<CacheEvent> Changes { get; init; }

    /// <summary>Fills, removed keys and dropped copies.</summary>
    public required IReadOnlyList<CacheEvent> Traffic { get; init; }
}

/// <summary>A node's document in the registry.</summary>
/// <param name="Node">The node.</param>
/// <param name="Types">The value types that it uses, by fingerprint.</param>
internal sealed record FleetNodeDocument(CacheNode Node, IReadOnlyDictionary<string, string> Types);

/// <summary>The counts of one family in one minute, or of the whole node when the family is empty.</summary>
/// <param name="Minute">Minutes since 1970.</param>
/// <param name="Family">The family, or empty.</param>
/// <param name="Values">The counts by slot (<see cref="FleetSlots"/>).</param>
internal sealed record FleetCounts(long Minute, string Family, IReadOnlyDictionary<int, long> Values)
{
    /// <summary>One for each minute and family.</summary>
    public static IReadOnlyList<FleetCounts> Sum(IEnumerable<FleetCounts> parts) =>
        [.. parts.GroupBy(static part => (part.Minute, part.Family)).Select(static group => new FleetCounts(
            group.Key.Minute, group.Key.Family, group.SelectMany(static part => part.Values).GroupBy(static value => value.Key, static value => value.Value).ToDictionary(static slot => slot.Key, static slot => slot.Sum())))];
}
