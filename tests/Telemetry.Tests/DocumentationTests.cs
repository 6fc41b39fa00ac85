using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using HotShelf.CacheWorker;
using HotShelf.CacheWorker.Telemetry;
using HotShelf.Caching.Postgres.Internal;
using HotShelf.Catalog;
using HotShelf.Telemetry.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Telemetry.Tests;

/// <summary>docs/metrics.md, and the change feed's readme, against what there is.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public async Task Instruments_EachOne_IsDocumentedWithItsUnitAndHasHelp()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var ours = new Instruments(meters);
        _ = new CatalogMetrics(meters);
        _ = new WorkerMetrics(meters);
        _ = new ServerMetrics(meters);
        _ = new FeedMetrics(meters, "slot", new FeedState(TimeProvider.System), new FeedHistory([], TimeProvider.System), TimeProvider.System);
        await using var node = await CacheNode.StartAsync();
        var instruments = ours.All.Values.Concat(node.Metrics.All.Values).ToArray();

        var documented = Rows().ToDictionary(row => row.Instrument, row => row.Unit);
        Assert.Equal(instruments.Select(instrument => instrument.Name).Order(StringComparer.Ordinal), documented.Keys.Order(StringComparer.Ordinal));
        Assert.All(instruments, instrument => Assert.Equal(instrument.Unit, documented[instrument.Name]));
        Assert.All(instruments, instrument => Assert.False(string.IsNullOrWhiteSpace(instrument.Description), instrument.Name));
    }

    /// <summary>OpenTelemetry's conventions: https://opentelemetry.io/docs/specs/semconv/general/naming.</summary>
    [Fact]
    public async Task CacheInstruments_NamesAttributesAndMeter_FollowTheConventions()
    {
        await using var node = await CacheNode.StartAsync();
        await node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("value"));
        await node.Cache.RemoveAsync("product:1");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.Cache.GetOrCreateAsync<string>("product:2", _ => throw new InvalidOperationException()));
        node.Metrics.Collect();

        var names = node.Metrics.All.Keys.ToArray();
        Assert.All(names, name => Assert.DoesNotContain(names, other => other.StartsWith(name + ".", StringComparison.Ordinal)));
        Assert.All(node.Metrics.Names.SelectMany(series => Attribute().Matches(series)).Select(attribute => attribute.Groups[1].Value).Distinct(),
            attribute => Assert.True(attribute == "error.type" || attribute.StartsWith("hotshelf.cache.", StringComparison.Ordinal), attribute));
        Assert.Contains(node.Metrics.Names, series => series.Contains("error.type=System.InvalidOperationException", StringComparison.Ordinal));
        Assert.All(node.Metrics.All.Values, instrument => Assert.Matches(@"^[0-9]+\.[0-9]+\.[0-9]+", instrument.Meter.Version));
    }

    [Fact]
    public void Queries_EveryMetricOfOurs_IsDocumented()
    {
        var names = Rows().Select(row => row.Exposed).ToHashSet();
        var unknown =
            from query in Expressions.OfDashboards().Select(panel => panel.Query).Concat(Expressions.OfRules().Select(rule => rule.Query))
            from metric in Expressions.MetricsOf(query)
            where metric.StartsWith("hotshelf_", StringComparison.Ordinal)
            let name = Suffix().Replace(metric, "")
            where !names.Contains(metric) && !names.Contains(name)
            select metric;
        Assert.Empty(unknown);
    }

    /// <summary>The names that a process exposes are those of the second column.</summary>
    internal static void AssertExposed(string scrape)
    {
        var names = Rows().Select(row => row.Exposed).ToHashSet();
        Assert.All(ExposedName().Matches(scrape).Select(match => match.Groups[1].Value), name => Assert.Contains(name, names));
    }

    private static IEnumerable<(string Instrument, string Exposed, string Unit)> Rows() =>
        from document in (string[])["docs/metrics.md", "src/HotShelf.Caching.Postgres/README.md"]
        from Match row in Row().Matches(Repository.Read(document))
        select (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value);

    [GeneratedRegex(@"^\| `(hotshelf\.[a-z0-9_.]+)` \| `(hotshelf_[a-z0-9_]+)` \| (\S+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("[{,]([a-z0-9_.]+)=")]
    private static partial Regex Attribute();

    [GeneratedRegex("_(?:bucket|count|sum)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("^# TYPE (hotshelf_[a-z0-9_]+) ", RegexOptions.Multiline)]
    private static partial Regex ExposedName();
}
