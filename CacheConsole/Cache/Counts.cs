using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>Counts of one or more families over some minutes.</summary>
internal sealed record Counts
{
    public long LocalHits { get; private init; }

    public long RemoteHits { get; private init; }

    public long Stale { get; private init; }

    public long Misses { get; private init; }

    public long Errors { get; private init; }

    public long Joined { get; private init; }

    public long LeaseWaits { get; private init; }

    public long Fills { get; private init; }

    public long FillErrors { get; private init; }

    public DurationHistogram FillDurations { get; private init; } = DurationHistogram.Empty;

    public long Answered => LocalHits + RemoteHits + Stale;

    public long Asked => Answered + Misses + Errors;

    /// <summary>As everywhere: (hit + stale) / all reads; null without reads.</summary>
    public double? HitRatio => Asked == 0 ? null : (double)Answered / Asked;

    /// <summary>The part of all reads that <paramref name="count"/> is; null without reads.</summary>
    public double? ShareOfReads(long count) => Asked == 0 ? null : (double)count / Asked;

    public static Counts Sum(IEnumerable<FamilyMinute> parts)
    {
        var all = parts as IReadOnlyCollection<FamilyMinute> ?? [.. parts];
        return new Counts
        {
            LocalHits = all.Sum(static one => one.LocalHits),
            RemoteHits = all.Sum(static one => one.RemoteHits),
            Stale = all.Sum(static one => one.LocalStale + one.RemoteStale),
            Misses = all.Sum(static one => one.Misses),
            Errors = all.Sum(static one => one.Errors),
            Joined = all.Sum(static one => one.Joined),
            LeaseWaits = all.Sum(static one => one.LeaseWaits),
            Fills = all.Sum(static one => one.Fills),
            FillErrors = all.Sum(static one => one.FillErrors),
            FillDurations = DurationHistogram.Sum(all.Select(static one => one.FillDurations)),
        };
    }
}
