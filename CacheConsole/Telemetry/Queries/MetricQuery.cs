using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>How an instrument is looked at.</summary>
/// <param name="From">The beginning of the time that is shown.</param>
/// <param name="To">Its end.</param>
/// <param name="Steps">In how many parts it is cut.</param>
/// <param name="SplitBy">Attributes that make a line of their own; everything else is added up.</param>
/// <param name="Filters">Attributes that must have a value.</param>
/// <param name="Percentile">Of a histogram: which one, 0 to 1; null: how many measurements a second.</param>
internal sealed record MetricQuery(DateTimeOffset From, DateTimeOffset To, int Steps, IReadOnlyList<string> SplitBy, IReadOnlyList<Field> Filters, double? Percentile)
{
    /// <summary>The name under which the instance stands among the attributes.</summary>
    public const string InstanceName = "instance";

    public TimeSpan Step => (To - From) / Steps;

    public MetricView Run(InstrumentHistory history)
    {
        var series = history.Series.Where(Matches).ToArray();
        var groups = series.GroupBy(s => string.Join(", ", SplitBy.Select(name => ValueOf(s, name))), StringComparer.Ordinal)
            .Select(group => Group(history.Instrument, group.Key, [.. group]))
            .OrderByDescending(static group => group.Sum).ThenBy(static group => group.Name, StringComparer.Ordinal);
        return new MetricView(history.Instrument, [.. groups], Dimensions(history.Series), series.Length, [.. series.SelectMany(static s => s.Exemplars).Where(e => e.Time >= From).Distinct().OrderByDescending(static e => e.Time).Take(20)]);
    }

    /// <summary>What the series differ in, and the values there are.</summary>
    private static MetricDimension[] Dimensions(SeriesHistory[] series) =>
        [.. series.SelectMany(static s => s.Fields.Append(new Field(InstanceName, s.Source.Id))).GroupBy(static f => f.Name, StringComparer.Ordinal)
            .Select(static g => new MetricDimension(g.Key, [.. g.Select(static f => f.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]))
            .OrderBy(static d => d.Name == InstanceName).ThenBy(static d => d.Name, StringComparer.Ordinal)];

    private bool Matches(SeriesHistory series) => Filters.All(filter => ValueOf(series, filter.Name) == filter.Value);

    private static string ValueOf(SeriesHistory series, string name) => name == InstanceName ? series.Source.Id : series.Fields.ValueOf(name) ?? "–";

    private MetricGroup Group(Instrument instrument, string name, SeriesHistory[] series)
    {
        var steps = new MetricStep[Steps];
        for (var i = 0; i < Steps; i++)
            steps[i] = new MetricStep(From + (Step * (i + 1)), null);
        Action<SeriesHistory[], MetricStep[]> fill = instrument.Kind switch
        {
            InstrumentKind.Histogram when Percentile is not null => FillPercentiles,
            InstrumentKind.Histogram or InstrumentKind.Counter => FillRates,
            InstrumentKind.Gauge => FillMeans,
            _ => FillSums,
        };
        fill(series, steps);
        return MetricGroup.Of(name, steps, series);
    }

    private void FillSums(SeriesHistory[] series, MetricStep[] steps) => FillValues(series, steps, isMean: false);

    // What cannot be added up: a temperature, a share.
    private void FillMeans(SeriesHistory[] series, MetricStep[] steps) => FillValues(series, steps, isMean: true);

    // The last value of each series in a step, carried on while its exporter is a step behind.
    private void FillValues(SeriesHistory[] series, MetricStep[] steps, bool isMean)
    {
        var sums = new double[Steps];
        var counts = new int[Steps];
        foreach (var one in series)
        {
            foreach (var (step, point) in Last(one))
            {
                sums[step] += point.Value;
                counts[step]++;
            }
        }

        for (var i = 0; i < Steps; i++)
        {
            if (counts[i] > 0)
                steps[i] = steps[i] with { Value = isMean ? sums[i] / counts[i] : sums[i] };
        }
    }

    // What was added since the point before, spread evenly over the time in between, and of a step that is not over yet only what is known.
    private void FillRates(SeriesHistory[] series, MetricStep[] steps)
    {
        var added = new double[Steps];
        var known = new double[Steps];
        foreach (var one in series)
        {
            Array.Clear(added);
            Array.Clear(known);
            foreach (var (earlier, later) in one.Points.Zip(one.Points.Skip(1)))
            {
                var change = later.Since(earlier);
                var rate = (change.Buckets is null ? change.Value : change.Count) / (later.Time - earlier.Time).TotalSeconds;
                for (var i = Math.Max(0, IndexOf(earlier.Time)); i <= Math.Min(Steps - 1, IndexOf(later.Time)); i++)
                {
                    var (begin, end) = (From + (Step * i), From + (Step * (i + 1)));
                    var seconds = ((later.Time < end ? later.Time : end) - (earlier.Time > begin ? earlier.Time : begin)).TotalSeconds;
                    added[i] += Math.Max(0, seconds) * rate;
                    known[i] += Math.Max(0, seconds);
                }
            }

            for (var i = 0; i < Steps; i++)
            {
                if (known[i] > 0)
                    steps[i] = steps[i] with { Value = (steps[i].Value ?? 0) + (added[i] / known[i]) };
            }
        }
    }

    private void FillPercentiles(SeriesHistory[] series, MetricStep[] steps)
    {
        var bounds = series.Select(static s => s.Bounds).MaxBy(static b => b.Length) ?? [];
        var buckets = new long[Steps][];
        // Series of another layout cannot be added to these.
        foreach (var one in series.Where(s => s.Bounds.AsSpan().SequenceEqual(bounds)))
        {
            foreach (var (earlier, later) in one.Points.Zip(one.Points.Skip(1)))
            {
                var step = IndexOf(later.Time);
                if (step < 0 || step >= Steps || later.Since(earlier).Buckets is not { } added)
                    continue;
                var into = buckets[step] ??= new long[added.Length];
                for (var i = 0; i < Math.Min(into.Length, added.Length); i++)
                    into[i] += added[i];
            }
        }

        for (var i = 0; i < Steps; i++)
        {
            if (buckets[i] is { } counts)
                steps[i] = steps[i] with { Value = Percentiles.Of(Percentile!.Value, bounds, counts) };
        }
    }

    private IEnumerable<(int Step, Point Point)> Last(SeriesHistory series)
    {
        var points = series.Points;
        var at = 0;
        for (var step = 0; step < Steps; step++)
        {
            var end = From + (Step * (step + 1));
            while (at < points.Length && points[at].Time <= end)
                at++;
            // Nobody who went silent is shown as if still there.
            if (at > 0 && end - points[at - 1].Time <= Silence(points, at))
                yield return (step, points[at - 1]);
        }
    }

    private TimeSpan Silence(Point[] points, int at)
    {
        var usual = at > 1 ? (points[at - 1].Time - points[at - 2].Time) * 3 : TimeSpan.FromSeconds(5);
        return usual > Step * 2 ? usual : Step * 2;
    }

    private int IndexOf(DateTimeOffset time) => (int)Math.Ceiling((time - From) / Step) - 1;
}
