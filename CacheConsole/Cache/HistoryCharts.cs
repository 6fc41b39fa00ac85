using HotShelf.CacheConsole.Charts;
using HotShelf.Caching;

namespace HotShelf.CacheConsole.Cache;

/// <summary>The series of the cache's charts. A colour means the same everywhere: 1 memory, 2 Redis, 3 stale, 4 the database, 6 errors.</summary>
internal static class HistoryCharts
{
    /// <summary>Where reads were answered, a second; parts of a whole.</summary>
    public static IReadOnlyList<ChartSeries> ReadsByTier(IReadOnlyList<HistoryPoint> points) =>
    [
        Series("Memory (L1)", 1, points, static point => point.PerSecond(point.Counts.LocalHits)),
        Series("Redis (L2)", 2, points, static point => point.PerSecond(point.Counts.RemoteHits)),
        Series("Stale", 3, points, static point => point.PerSecond(point.Counts.Stale)),
        Series("Origin", 4, points, static point => point.PerSecond(point.Counts.Misses)),
        Series("Errors", 6, points, static point => point.PerSecond(point.Counts.Errors)),
    ];

    /// <summary>The hit ratio, and how much of it memory gives.</summary>
    public static IReadOnlyList<ChartSeries> HitRatioByTier(IReadOnlyList<HistoryPoint> points) =>
    [
        Series("Hit ratio", 5, points, static point => point.Counts.HitRatio),
        Series("from memory", 1, points, static point => point.Share(point.Counts.LocalHits)),
        Series("from Redis", 2, points, static point => point.Share(point.Counts.RemoteHits)),
        Series("stale", 3, points, static point => point.Share(point.Counts.Stale)),
    ];

    public static ChartSeries HitRatio(IReadOnlyList<HistoryPoint> points) => Series("Hit ratio", 1, points, static point => point.Counts.HitRatio);

    public static ChartSeries Reads(IReadOnlyList<HistoryPoint> points) => Series("Reads", 1, points, static point => point.PerSecond(point.Counts.Asked));

    /// <summary>How long reads take by tier, half of them and the slowest one in a hundred.</summary>
    public static IReadOnlyList<ChartSeries> ReadDurations(IReadOnlyList<HistoryPoint> points, double share) =>
    [
        Series("Memory (L1)", 1, points, point => Percentile(point, CacheTier.L1, share)),
        Series("Redis (L2)", 2, points, point => Percentile(point, CacheTier.L2, share)),
        Series("Origin", 4, points, point => Percentile(point, CacheTier.Origin, share)),
    ];

    public static IReadOnlyList<ChartSeries> Fills(IReadOnlyList<HistoryPoint> points) =>
    [
        Series("Fills", 4, points, static point => point.PerSecond(point.Counts.Fills)),
        Series("Joined", 1, points, static point => point.PerSecond(point.Counts.Joined)),
        Series("Waited for another node", 2, points, static point => point.PerSecond(point.Counts.LeaseWaits)),
        Series("Failed", 6, points, static point => point.PerSecond(point.Counts.FillErrors)),
    ];

    public static IReadOnlyList<ChartSeries> FillDurations(IReadOnlyList<HistoryPoint> points) =>
    [
        Series("p50", 4, points, static point => point.Counts.FillDurations.Percentile(0.5)?.TotalSeconds),
        Series("p99", 3, points, static point => point.Counts.FillDurations.Percentile(0.99)?.TotalSeconds),
    ];

    public static IReadOnlyList<ChartSeries> Invalidations(IReadOnlyList<HistoryPoint> points) =>
    [
        Series("By key", 1, points, static point => point.PerSecond(point.Invalidations[InvalidationSource.Local])),
        Series("By tag or family", 5, points, static point => point.PerSecond(point.Invalidations[InvalidationSource.Tag])),
        Series("Database feed", 4, points, static point => point.PerSecond(point.Invalidations[InvalidationSource.Feed])),
        Series("Copies dropped", 2, points, static point => point.PerSecond(point.Invalidations[InvalidationSource.Fleet])),
    ];

    public static double? Percentile(HistoryPoint point, CacheTier tier, double share) => point.Reads[tier].Percentile(share)?.TotalSeconds;

    private static ChartSeries Series(string name, int colour, IReadOnlyList<HistoryPoint> points, Func<HistoryPoint, double?> value) =>
        new(name, colour, [.. points.Select(point => new ChartPoint(point.At, value(point)))]);
}
