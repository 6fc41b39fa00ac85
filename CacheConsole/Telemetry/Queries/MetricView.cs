using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>An instrument as it is looked at.</summary>
/// <param name="Instrument">Which one.</param>
/// <param name="Groups">A line each, the largest first.</param>
/// <param name="Dimensions">Attributes with their values.</param>
/// <param name="SeriesCount">Series that are in it.</param>
/// <param name="Exemplars">Single measurements with their traces, the newest first.</param>
public sealed record MetricView(Instrument Instrument, IReadOnlyList<MetricGroup> Groups, IReadOnlyList<MetricDimension> Dimensions, int SeriesCount, IReadOnlyList<Exemplar> Exemplars);

/// <summary>An attribute and the values it has.</summary>
public sealed record MetricDimension(string Name, IReadOnlyList<string> Values);

/// <summary>A part of the time that is shown, by its end; null when there is no value.</summary>
public readonly record struct MetricStep(DateTimeOffset Time, double? Value);

/// <summary>One line, with what a table tells of it.</summary>
/// <param name="Name">The values of the attributes by which it was split; empty for all together.</param>
/// <param name="Steps">Its values over time.</param>
/// <param name="Latest">The last of them.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Greatest">The largest.</param>
/// <param name="Total">Of a counter what was counted, of a histogram the number of measurements, since the start of the processes.</param>
public sealed record MetricGroup(string Name, IReadOnlyList<MetricStep> Steps, double? Latest, double? Least, double? Mean, double? Greatest, double Total)
{
    /// <summary>For the order of lines.</summary>
    public double Sum => (Mean ?? 0) * Steps.Count;

    internal static MetricGroup Of(string name, MetricStep[] steps, SeriesHistory[] series)
    {
        var values = steps.Select(static s => s.Value).OfType<double>().ToArray();
        var total = series.Where(static s => s.Points.Length > 0).Sum(static s => s.Points[^1] is { Buckets: not null } histogram ? histogram.Count : s.Points[^1].Value);
        return values.Length == 0
            ? new MetricGroup(name, steps, null, null, null, null, total)
            : new MetricGroup(name, steps, values[^1], values.Min(), values.Average(), values.Max(), total);
    }
}
