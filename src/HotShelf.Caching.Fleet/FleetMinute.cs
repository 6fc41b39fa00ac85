namespace HotShelf.Caching.Fleet;

/// <summary>The counts of all nodes in one minute.</summary>
/// <param name="Start">When the minute began, UTC.</param>
/// <param name="Families">By family; those without a count are left out.</param>
/// <param name="Reads">How long readers' reads took, by where they were answered: <see cref="CacheTier.L1"/> (sampled), <see cref="CacheTier.L2"/> (the look-up, found or not), <see cref="CacheTier.Origin"/> (the whole way of a miss). All three are there.</param>
/// <param name="Invalidations">Keys and tags invalidated, and copies dropped, by source; those without a count are left out.</param>
public sealed record FleetMinute(
    DateTimeOffset Start, IReadOnlyList<FamilyMinute> Families, IReadOnlyDictionary<CacheTier, DurationHistogram> Reads, IReadOnlyDictionary<InvalidationSource, long> Invalidations)
{
    /// <summary>The sum of several counts of one minute; empty without any.</summary>
    /// <param name="start">When the minute began.</param>
    /// <param name="parts">What was counted in it.</param>
    public static FleetMinute Sum(DateTimeOffset start, IEnumerable<FleetMinute> parts)
    {
        var all = parts as IReadOnlyCollection<FleetMinute> ?? [.. parts];
        return new FleetMinute(
            start,
            [.. all.SelectMany(static part => part.Families).GroupBy(static family => family.Family, StringComparer.Ordinal).Select(static group => FamilyMinute.Sum(group.Key, [.. group]))],
            new[] { CacheTier.L1, CacheTier.L2, CacheTier.Origin }.ToDictionary(
                static tier => tier, tier => DurationHistogram.Sum(all.Select(part => part.Reads.GetValueOrDefault(tier, DurationHistogram.Empty)))),
            all.SelectMany(static part => part.Invalidations).GroupBy(static item => item.Key, static item => item.Value).ToDictionary(static source => source.Key, static source => source.Sum()));
    }
}

/// <summary>
/// The counts of one family by all nodes in one minute. Reads are those of nodes that serve users; the reads of nodes that feed the cache
/// (<see cref="HotShelfCachingOptions.IsFeed"/>), to warm it and to refresh hot keys, are only in <see cref="FeedReads"/>. Fills are those of all nodes.
/// </summary>
public sealed record FamilyMinute
{
    /// <summary>The family.</summary>
    public required string Family { get; init; }

    /// <summary>Reads answered fresh from L1.</summary>
    public long LocalHits { get; init; }

    /// <summary>Reads answered fresh from L2.</summary>
    public long RemoteHits { get; init; }

    /// <summary>Reads answered with a stale value from L1.</summary>
    public long LocalStale { get; init; }

    /// <summary>Reads answered with a stale value from L2.</summary>
    public long RemoteStale { get; init; }

    /// <summary>Reads that needed the loader, joined ones included.</summary>
    public long Misses { get; init; }

    /// <summary>Reads that ended with an error.</summary>
    public long Errors { get; init; }

    /// <summary>Reads that waited for another caller in their process, for its fill or its look-up in Redis.</summary>
    public long Joined { get; init; }

    /// <summary>Fills that waited for another process.</summary>
    public long LeaseWaits { get; init; }

    /// <summary>Runs of the loader.</summary>
    public long Fills { get; init; }

    /// <summary>Runs of the loader that failed.</summary>
    public long FillErrors { get; init; }

    /// <summary>Reads by nodes that feed the cache, however they were answered; not among the others.</summary>
    public long FeedReads { get; init; }

    /// <summary>How long runs of the loader took that succeeded.</summary>
    public DurationHistogram FillDurations { get; init; } = DurationHistogram.Empty;

    /// <summary>Reads answered with a stale value, from L1 or L2.</summary>
    public long Stale => LocalStale + RemoteStale;

    /// <summary>Reads answered from the cache, fresh or stale.</summary>
    public long Answered => LocalHits + RemoteHits + Stale;

    /// <summary>All reads of readers.</summary>
    public long Asked => Answered + Misses + Errors;

    /// <summary>Share of answered among all; null without reads.</summary>
    public double? HitRatio => Asked == 0 ? null : (double)Answered / Asked;

    /// <summary>The sum of several counts, of one family or of several; zero without any.</summary>
    /// <param name="family">The family of the sum.</param>
    /// <param name="parts">What was counted.</param>
    public static FamilyMinute Sum(string family, IReadOnlyList<FamilyMinute> parts) => parts.Count == 1 ? parts[0] with { Family = family } : new FamilyMinute
    {
        Family = family,
        LocalHits = parts.Sum(static part => part.LocalHits),
        RemoteHits = parts.Sum(static part => part.RemoteHits),
        LocalStale = parts.Sum(static part => part.LocalStale),
        RemoteStale = parts.Sum(static part => part.RemoteStale),
        Misses = parts.Sum(static part => part.Misses),
        Errors = parts.Sum(static part => part.Errors),
        Joined = parts.Sum(static part => part.Joined),
        LeaseWaits = parts.Sum(static part => part.LeaseWaits),
        Fills = parts.Sum(static part => part.Fills),
        FillErrors = parts.Sum(static part => part.FillErrors),
        FeedReads = parts.Sum(static part => part.FeedReads),
        FillDurations = DurationHistogram.Sum(parts.Select(static part => part.FillDurations)),
    };
}
