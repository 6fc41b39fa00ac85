using HotShelf.CacheConsole.Telemetry.Model;

namespace HotShelf.CacheConsole.Telemetry.Storage;

/// <summary>One reported value on its way into the store.</summary>
/// <param name="Instrument">Of what.</param>
/// <param name="Source">By whom.</param>
/// <param name="Fields">Its attributes, by name.</param>
/// <param name="Point">The value.</param>
/// <param name="Bounds">Upper bounds of the buckets; empty for what has none.</param>
/// <param name="IsDelta">True when the value is what was added since the last one.</param>
/// <param name="Exemplars">Single measurements in it with their traces.</param>
public sealed record Measurement(Instrument Instrument, Source Source, Field[] Fields, Point Point, double[] Bounds, bool IsDelta, Exemplar[] Exemplars);

/// <summary>A copy of an instrument's series, to compute from.</summary>
public sealed record InstrumentHistory(Instrument Instrument, SeriesHistory[] Series);

/// <summary>A copy of one series.</summary>
public sealed record SeriesHistory(Source Source, Field[] Fields, double[] Bounds, Point[] Points, Exemplar[] Exemplars)
{
    public static SeriesHistory Of(Series series, DateTimeOffset since)
    {
        var points = series.Points;
        var first = points.Length;
        while (first > 0 && points[first - 1].Time >= since)
            first--;
        // One point more, so that the first one that is shown has one before it.
        return new SeriesHistory(series.Source, series.Fields, series.Bounds, points[Math.Max(0, first - 1)..].ToArray(), series.Exemplars);
    }
}
