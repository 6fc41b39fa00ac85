using HotShelf.Caching;
using HotShelf.Caching.Fleet;

namespace HotShelf.CacheConsole.Cache;

/// <summary>What the fleet counted in one or more minutes, as one point of a chart.</summary>
internal sealed class HistoryPoint
{
    private HistoryPoint(DateTimeOffset at, double seconds) => (At, Seconds) = (at, seconds);

    /// <summary>Where it stands in time: its middle.</summary>
    public DateTimeOffset At { get; }

    /// <summary>How much time it counted: its minutes in which any node delivered counts, and of the minute that goes on what has passed. 0: not known.</summary>
    public double Seconds { get; }

    /// <summary>Of one family, or of all.</summary>
    public required FamilyMinute Counts { get; init; }

    /// <summary>How long reads took, of all families, by where they were answered.</summary>
    public required IReadOnlyDictionary<CacheTier, DurationHistogram> Reads { get; init; }

    /// <summary>By source.</summary>
    public required IReadOnlyDictionary<InvalidationSource, long> Invalidations { get; init; }

    /// <summary>Things counted, as a rate; null when it counted for no time.</summary>
    public double? PerSecond(long count) => Seconds > 0 ? count / Seconds : null;

    /// <summary>The part of all reads that <paramref name="count"/> is; null without reads.</summary>
    public double? Share(long count) => Counts.Asked == 0 ? null : (double)count / Counts.Asked;

    /// <summary>
    /// Points for a chart, <paramref name="minutesPerPoint"/> minutes each, of one family or of all, from the first minute with counts. A minute without any
    /// count of any node, as after a loss of Redis' data, is a gap. The minute that goes on counts from its tenth second: before that a rate would jump
    /// about, since nodes deliver their counts every few seconds.
    /// </summary>
    public static IReadOnlyList<HistoryPoint> Of(IReadOnlyList<FleetMinute> minutes, int minutesPerPoint, DateTimeOffset now, string? family = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minutesPerPoint, 1);
        now = Within(minutes, now);
        minutes = [.. minutes.SkipWhile(static minute => !IsKnown(minute))];
        var points = new List<HistoryPoint>(minutes.Count / minutesPerPoint + 1);
        // From the newest back, so that the last point is always a whole one.
        for (var end = minutes.Count; end > 0; end -= minutesPerPoint)
        {
            var part = minutes.Skip(Math.Max(0, end - minutesPerPoint)).Take(Math.Min(minutesPerPoint, end)).ToArray();
            var from = part[0].Start;
            var to = part[^1].Start + TimeSpan.FromMinutes(1);
            var seconds = ((to < now ? to : now) - from).TotalSeconds;
            if (seconds >= 10)
                points.Add(Of(part, from + TimeSpan.FromSeconds(seconds / 2), part.Where(IsKnown).Sum(minute => Math.Min(60, (now - minute.Start).TotalSeconds)), family));
        }

        points.Reverse();
        return points;
    }

    /// <summary>The latest whole minute and the one that goes on, together: what "now" means. Null when there is neither.</summary>
    public static HistoryPoint? Latest(IReadOnlyList<FleetMinute> minutes, DateTimeOffset now, string? family = null)
    {
        if (minutes.Count == 0)
            return null;
        var part = minutes.Skip(Math.Max(0, minutes.Count - 2)).ToArray();
        return Of(part, part[0].Start, Math.Max(1, (Within(minutes, now) - part[0].Start).TotalSeconds), family);
    }

    /// <summary>Where a chart begins: at the first point, but 5 minutes ago at the latest.</summary>
    public static DateTimeOffset Begin(IReadOnlyList<HistoryPoint> points, TimeSpan span, DateTimeOffset now)
    {
        var first = points.Count > 0 ? points[0].At : now;
        var shortest = now - TimeSpan.FromMinutes(5);
        var longest = now - span;
        return first < longest ? longest : first < shortest ? first : shortest;
    }

    /// <summary>All of them as one.</summary>
    public static HistoryPoint? Whole(IReadOnlyList<FleetMinute> minutes, DateTimeOffset now, string? family = null) =>
        minutes.Count == 0 ? null : Of(minutes, minutes[0].Start, Math.Max(1, (Within(minutes, now) - minutes[0].Start).TotalSeconds), family);

    // The last minute is that of Redis' clock, which may differ from this console's: a rate must not be of a minute that has had no time, or several.
    private static DateTimeOffset Within(IReadOnlyList<FleetMinute> minutes, DateTimeOffset now)
    {
        if (minutes.Count == 0)
            return now;
        var (begin, end) = (minutes[^1].Start, minutes[^1].Start + TimeSpan.FromMinutes(1));
        return now < begin ? begin : now > end ? end : now;
    }

    private static bool IsKnown(FleetMinute minute) => minute.Families.Count > 0 || minute.Invalidations.Count > 0 || minute.Reads.Values.Any(static reads => reads.Count > 0);

    private static HistoryPoint Of(IReadOnlyList<FleetMinute> part, DateTimeOffset at, double seconds, string? family) => new(at, seconds)
    {
        Counts = FamilyMinute.Sum(family ?? "", [.. part.SelectMany(static minute => minute.Families).Where(one => family is null || one.Family == family)]),
        Reads = new[] { CacheTier.L1, CacheTier.L2, CacheTier.Origin }.ToDictionary(
            static tier => tier, tier => DurationHistogram.Sum(part.Select(minute => minute.Reads.GetValueOrDefault(tier, DurationHistogram.Empty)))),
        Invalidations = Enum.GetValues<InvalidationSource>().ToDictionary(static source => source, source => part.Sum(minute => minute.Invalidations.GetValueOrDefault(source))),
    };
}
