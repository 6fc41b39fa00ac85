using System.Globalization;
using System.Text;
using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Charts;

/// <summary>Everything that a chart draws, as numbers and paths on a field of 1,000 by 1,000.</summary>
internal sealed record ChartPlot(IReadOnlyList<ChartTick> Values, IReadOnlyList<ChartTick> Times, IReadOnlyList<ChartShape> Shapes, bool IsEmpty)
{
    public const int Size = 1000;

    public static ChartPlot Of(
        IReadOnlyList<ChartSeries> series, ChartKind kind, ChartScale scale, NumberUnit unit, double? maximum, DateTimeOffset from, DateTimeOffset to, ViewerClock clock)
    {
        var layers = kind == ChartKind.Stacked ? Stack(series) : series;
        var values = layers.SelectMany(static one => one.Points).Select(static point => point.Value).OfType<double>().Where(double.IsFinite).ToArray();
        var axis = scale == ChartScale.Logarithmic
            ? ChartAxis.Logarithmic(values.Where(static value => value > 0).DefaultIfEmpty().Min(), values.DefaultIfEmpty().Max(), unit)
            : ChartAxis.Linear(values.DefaultIfEmpty().Max(), maximum, unit);
        var length = (to - from).TotalSeconds;
        double X(DateTimeOffset at) => length > 0 ? (at - from).TotalSeconds / length * Size : 0;
        double Y(double value) => Size - (axis.Position(value) * Size);

        // Stacked from the top down: where a layer has no height, the line of the one below it is the one that is seen.
        var shapes = new List<ChartShape>(layers.Count);
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            var below = kind == ChartKind.Stacked && i > 0 ? layers[i - 1] : null;
            shapes.Add(new ChartShape(layers[i].Colour, Line(layers[i].Points, X, Y), kind == ChartKind.Stacked ? Area(layers[i].Points, below?.Points, X, Y) : null));
        }

        return new ChartPlot(axis.Ticks, ChartTimes.Ticks(from, to, clock), shapes, values.Length == 0);
    }

    // Each layer stands on those before it. Where a series has no value it has no height; where none has one there is a gap.
    private static List<ChartSeries> Stack(IReadOnlyList<ChartSeries> series)
    {
        var layers = new List<ChartSeries>(series.Count);
        var isKnown = Enumerable.Range(0, series.Select(static one => one.Points.Count).DefaultIfEmpty().Max()).Select(i => series.Any(one => one.Points[i].Value is not null)).ToArray();
        foreach (var one in series)
        {
            var below = layers.Count > 0 ? layers[^1].Points : null;
            layers.Add(one with { Points = [.. one.Points.Select((point, i) => point with { Value = isKnown[i] ? (point.Value ?? 0) + (below?[i].Value ?? 0) : null })] });
        }

        return layers;
    }

    private static string Line(IReadOnlyList<ChartPoint> points, Func<DateTimeOffset, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        var isDrawing = false;
        for (var i = 0; i < points.Count; i++)
        {
            if (points[i].Value is not { } value || !double.IsFinite(value))
            {
                isDrawing = false;
                continue;
            }

            Append(path, isDrawing ? 'L' : 'M', x(points[i].At), y(value));
            // A value between two gaps is a short dash.
            if (!isDrawing && (i + 1 == points.Count || points[i + 1].Value is null))
                path.Append("m-4 0h8");
            isDrawing = true;
        }

        return path.ToString();
    }

    private static string Area(IReadOnlyList<ChartPoint> points, IReadOnlyList<ChartPoint>? below, Func<DateTimeOffset, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        for (var from = 0; from < points.Count; from++)
        {
            if (points[from].Value is null)
                continue;
            var to = from;
            while (to + 1 < points.Count && points[to + 1].Value is not null)
                to++;
            for (var i = from; i <= to; i++)
                Append(path, i == from ? 'M' : 'L', x(points[i].At), y(points[i].Value!.Value));
            for (var i = to; i >= from; i--)
                Append(path, 'L', x(points[i].At), y(below?[i].Value ?? 0));
            path.Append('Z');
            from = to;
        }

        return path.ToString();
    }

    private static void Append(StringBuilder path, char command, double x, double y) =>
        path.Append(command).Append(x.ToString("0.#", CultureInfo.InvariantCulture)).Append(' ').Append(y.ToString("0.#", CultureInfo.InvariantCulture));
}
