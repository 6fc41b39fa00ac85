using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using HotShelf.CacheConsole.Telemetry.Queries;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>Lines of a graph from what was reported.</summary>
public sealed class MetricQueryTests : IDisposable
{
    private readonly Stores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void Counter_ASteadyOne_IsARate()
    {
        for (var i = 0; i <= 60; i++)
            Count("c", i * 5, i);
        var group = Assert.Single(View("c").Groups);
        Assert.All(group.Steps, step => Assert.Equal(5, step.Value!.Value, 6));
        Assert.Equal(300, group.Total);
    }

    [Fact]
    public void Counter_OfARestartedProcess_NeverFallsBelowZero()
    {
        for (var i = 0; i <= 60; i++)
            Count("c", i < 30 ? 1_000 + (i * 5) : (i - 30) * 5, i);
        Assert.All(View("c").Groups.Single().Steps, step => Assert.InRange(step.Value!.Value, 0, 5));
    }

    [Fact]
    public void Counter_SplitByAnAttribute_IsALineForEachValueTheLargestFirst()
    {
        for (var i = 0; i <= 60; i++)
        {
            Count("c", i, i, Otlp.Pair("family", "price"), Otlp.Pair("tier", "l1"));
            Count("c", i * 10, i, Otlp.Pair("family", "product"), Otlp.Pair("tier", "l1"));
            Count("c", i * 10, i, Otlp.Pair("family", "product"), Otlp.Pair("tier", "l2"));
        }

        Assert.Equal([("product", 20), ("price", 1)], View("c", ["family"]).Groups.Select(g => (g.Name, (int)Math.Round(g.Latest!.Value))));
        Assert.Equal(["product, l1", "product, l2", "price, l1"], View("c", ["family", "tier"]).Groups.Select(g => g.Name));
        var filtered = View("c", ["family"], [new Field("tier", "l2")]);
        Assert.Equal(["product"], filtered.Groups.Select(g => g.Name));
        Assert.Equal(["price", "product"], filtered.Dimensions.Single(d => d.Name == "family").Values);
        Assert.Equal(MetricQuery.InstanceName, filtered.Dimensions[^1].Name);
    }

    [Fact]
    public void Gauge_OfAProcessThatIsGone_Ends()
    {
        for (var i = 0; i <= 20; i++)
            Gauge("g", 7, i);
        var steps = View("g").Groups.Single().Steps;
        Assert.Equal(7, steps[1].Value);
        Assert.Null(steps[^1].Value);
    }

    [Fact]
    public void Gauge_OfTwoInstances_IsTheirMean()
    {
        for (var i = 0; i <= 60; i++)
        {
            Gauge("g", 2, i, Otlp.Pair("x", "a"));
            Gauge("g", 4, i, Otlp.Pair("x", "b"));
        }

        Assert.Equal(3, View("g").Groups.Single().Latest);
    }

    [Fact]
    public void Histogram_Percentiles_AreOfEachStep()
    {
        // All measurements of the first half minute lie under 1, all of the second between 1 and 10.
        for (var i = 0; i <= 60; i++)
        {
            var point = new HistogramDataPoint { TimeUnixNano = Otlp.Nanos(Otlp.Now.AddSeconds(i)), Count = (ulong)(i * 10), Sum = i, ExplicitBounds = { 1, 10 } };
            point.BucketCounts.Add([(ulong)(Math.Min(i, 30) * 10), (ulong)(Math.Max(0, i - 30) * 10), 0]);
            _stores.Intake.Take(Otlp.Metrics(new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { point } } }));
        }

        var steps = View("h", percentile: 0.5).Groups.Single().Steps;
        Assert.Equal(0.5, steps[0].Value!.Value, 3);
        Assert.Equal(5.5, steps[^1].Value!.Value, 3);
        Assert.All(View("h").Groups.Single().Steps, step => Assert.Equal(10, step.Value!.Value, 6));
    }

    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(0.99, 19.8)]
    public void Percentiles_OfOneBucket_AreInProportion(double share, double expected) =>
        Assert.Equal(expected, Percentiles.Of(share, [20, 40], [100, 0, 0])!.Value, 6);

    [Fact]
    public void Percentiles_BeyondTheLastBound_AreThatBound() => Assert.Equal(40, Percentiles.Of(0.9, [20, 40], [0, 0, 5]));

    [Fact]
    public void Percentiles_OfNothing_AreNotKnown() => Assert.Null(Percentiles.Of(0.9, [20, 40], [0, 0, 0]));

    [Fact]
    public void Window_Steps_BeginAtRoundTimes()
    {
        var window = MetricWindow.Of("15m");
        var (from, to) = window.At(Otlp.Now.AddSeconds(7));
        Assert.Equal((TimeSpan.FromMinutes(15), 0), (to - from, to.Second % 15));
        Assert.True(to > Otlp.Now.AddSeconds(7));
        Assert.Same(MetricWindow.All[0], MetricWindow.Of("a century"));
    }

    private void Count(string name, double value, int second, params KeyValue[] attributes) => _stores.Intake.Take(Otlp.Metrics(Otlp.Counter(name, value, Otlp.Now.AddSeconds(second), attributes)));

    private void Gauge(string name, double value, int second, params KeyValue[] attributes) => _stores.Intake.Take(Otlp.Metrics(new Metric
    {
        Name = name,
        Gauge = new Gauge { DataPoints = { new NumberDataPoint { TimeUnixNano = Otlp.Nanos(Otlp.Now.AddSeconds(second)), AsDouble = value, Attributes = { attributes } } } },
    }));

    private MetricView View(string name, string[]? splitBy = null, Field[]? filters = null, double? percentile = null)
    {
        var history = _stores.Metrics.Find(new InstrumentKey("productapi", "HotShelf.Tests", name), Otlp.Now)!;
        return new MetricQuery(Otlp.Now, Otlp.Now.AddMinutes(1), 12, splitBy ?? [], filters ?? [], percentile).Run(history);
    }
}
