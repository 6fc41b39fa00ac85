using HotShelf.CacheConsole.Viewing;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

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
