using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>One family in a table.</summary>
internal sealed record FamilyRow(string Family, HistoryPoint? Whole, ChartSeries Trend)
{
    /// <summary>What it takes in Redis; null while that is not known.</summary>
    public FamilyUsage? Usage { get; init; }

    /// <summary>Every family that was read in these minutes or lies in Redis, the most read first.</summary>
    public static IReadOnlyList<FamilyRow> Of(IReadOnlyList<FleetMinute> minutes, int minutesPerPoint, DateTimeOffset now, UsageSample? usage = null)
    {
        var names = minutes.SelectMany(static minute => minute.Families).Select(static one => one.Family)
            .Concat(usage?.Families.Select(static one => one.Family) ?? []).Distinct(StringComparer.Ordinal);
        return [.. names
            .Select(family => new FamilyRow(
                family, HistoryPoint.Whole(minutes, now, family), HistoryCharts.HitRatio(HistoryPoint.Of(minutes, minutesPerPoint, now, family)))
            {
                Usage = usage?.Families.FirstOrDefault(one => one.Family == family),
            })
            .OrderByDescending(static row => row.Whole?.Counts.Asked ?? 0).ThenBy(static row => row.Family, StringComparer.Ordinal)];
    }
}

/// <summary>One bar of a distribution.</summary>
/// <param name="Label">What it counts.</param>
/// <param name="Count">How many.</param>
/// <param name="Share">Its length, 0 to 1: the largest is 1.</param>
public sealed record Bar(string Label, long Count, double Share)
{
    internal static IReadOnlyList<Bar> OfLifetimes(IReadOnlyList<LifetimeBand> bands)
    {
        var largest = Math.Max(1, bands.Select(static band => band.Entries).DefaultIfEmpty().Max());
        return [.. bands.Select((band, i) => new Bar(
            band.UpTo == TimeSpan.MaxValue ? $"more than {Time(bands[Math.Max(0, i - 1)].UpTo)}" : $"up to {Time(band.UpTo)}", band.Entries, (double)band.Entries / largest))];
    }

    private static string Time(TimeSpan time) => Humanize.Duration(time.TotalSeconds);
}
