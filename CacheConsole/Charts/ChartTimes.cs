using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Charts;

/// <summary>The lines of the grid in time: at round times of the viewer's clock, six at most.</summary>
internal static class ChartTimes
{
    private static readonly TimeSpan[] s_steps =
        [.. new[] { 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440 }.Select(static minutes => TimeSpan.FromMinutes(minutes))];

    public static IReadOnlyList<ChartTick> Ticks(DateTimeOffset from, DateTimeOffset to, ViewerClock clock)
    {
        var length = to - from;
        if (length <= TimeSpan.Zero)
            return [];
        var step = s_steps.FirstOrDefault(step => length / step <= 6, s_steps[^1]);
        var local = clock.Local(from);
        // The first round time of that clock, which need not be a round one in UTC.
        var sinceMidnight = local.TimeOfDay;
        var first = from + (TimeSpan.FromTicks((long)Math.Ceiling(sinceMidnight / step) * step.Ticks) - sinceMidnight);
        var ticks = new List<ChartTick>();
        for (var at = first; at <= to; at += step)
        {
            // One at the very edge would be cut off.
            var position = (at - from) / length;
            if (position is > 0.04 and < 0.985)
                ticks.Add(new ChartTick(position, step < TimeSpan.FromMinutes(1) ? clock.Time(at) : clock.Minute(at)));
        }

        return ticks;
    }
}
