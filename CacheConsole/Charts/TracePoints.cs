using HotShelf.CacheConsole.Data;

namespace HotShelf.CacheConsole.Charts;

/// <summary>Readings as points of a chart. A long time without one, also up to now, is a gap: what was read before says nothing of it.</summary>
internal static class TracePoints
{
    /// <summary>Readings come every 15 seconds at least while there is something to read.</summary>
    private static readonly TimeSpan s_longestApart = TimeSpan.FromMinutes(1);

    /// <param name="readings">The oldest first.</param>
    /// <param name="to">Where the chart ends.</param>
    /// <param name="value">The value of a reading; null when it has none.</param>
    /// <param name="width">A point is the largest value of so much time; null: a point for each reading.</param>
    public static IReadOnlyList<ChartPoint> Of<T>(IReadOnlyList<Reading<T>> readings, DateTimeOffset to, Func<T, double?> value, TimeSpan? width = null)
    {
        var points = new List<ChartPoint>();
        DateTimeOffset? last = null;
        foreach (var part in readings.GroupBy(reading => reading.At.UtcTicks / (width?.Ticks ?? 1)))
        {
            EndBefore(part.First().At);
            var at = part.Last().At;
            last = at;
            points.Add(new ChartPoint(at, part.Max(reading => value(reading.Value))));
        }

        EndBefore(to);
        return points;

        void EndBefore(DateTimeOffset next)
        {
            if (last is { } before && next - before > s_longestApart)
                points.Add(new ChartPoint(before + TimeSpan.FromSeconds(1), null));
        }
    }
}
