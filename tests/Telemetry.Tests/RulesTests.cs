using System.Text.RegularExpressions;
using HotShelf.Telemetry.Tests.Harness;

namespace HotShelf.Telemetry.Tests;

/// <summary>What we ship for Prometheus, checked by its own tool.</summary>
public sealed partial class RulesTests
{
    [PromtoolFact]
    public async Task Configuration_AndRules_AreValid()
    {
        var (configuration, remarks) = await PrometheusPrograms.PromtoolAsync(null, "check", "config", "prometheus.yml");
        Assert.True(configuration == 0, remarks);
        foreach (var rules in Directory.GetFiles(Repository.Folder("deploy/prometheus/rules")))
        {
            var (exit, output) = await PrometheusPrograms.PromtoolAsync(null, "check", "rules", rules);
            Assert.True(exit == 0, output);
        }
    }

    [PromtoolFact]
    public async Task Alerts_GivenSeries_FireWhenTheyShould()
    {
        foreach (var tests in Directory.GetFiles(Repository.Folder("deploy/prometheus/tests")))
        {
            var (exit, output) = await PrometheusPrograms.PromtoolAsync(null, "test", "rules", tests);
            Assert.True(exit == 0, output);
        }
    }

    [Fact]
    public void Queries_OfDashboardsAndRules_TellInstallationsApart()
    {
        Assert.All(Expressions.OfDashboards(), query => Assert.All(Expressions.MetricsOf(query.Query), metric =>
            Assert.DoesNotMatch($$"""{{metric}}(?!\{namespace=~"\$namespace")""", query.Query)));
        // absent() has no labels to keep.
        Assert.All(Expressions.OfRules(), rule => Assert.DoesNotMatch(@"\b(?:sum|max|min|avg|count)\b(?! by \(namespace[,)])", rule.Query));
    }

    [Fact]
    public void Reads_OnDashboards_AreThoseOfTheApi()
    {
        // The worker reads too, to warm and to audit: nobody waits for its misses.
        var reads = Expressions.OfDashboards().Where(static query => query.Query.Contains("hotshelf_cache_requests_total", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(reads);
        Assert.All(reads, static query => Assert.Contains("service=\"productapi\"", query.Query, StringComparison.Ordinal));
    }

    [Fact]
    public void Alerts_EachOne_HasItsTestAndItsRunbook()
    {
        var tests = Directory.GetFiles(Repository.Folder("deploy/prometheus/tests")).Select(File.ReadAllText).ToArray();
        var runbook = Repository.Read("docs/operations.md");
        foreach (var (name, _, _) in Expressions.OfRules().Where(rule => rule.IsAlert))
        {
            Assert.Contains(tests, test => test.Contains($"alertname: {name}", StringComparison.Ordinal));
            Assert.Contains($"### {name}\n", runbook, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Panels_NamedInRunbook_AreOnDashboards()
    {
        var dashboards = string.Concat(Directory.GetFiles(Repository.Folder("deploy/grafana/dashboards")).Select(File.ReadAllText));
        var panels = Panel().Matches(Repository.Read("docs/operations.md")).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(panels);
        Assert.All(panels, panel => Assert.Contains($"\"title\": \"{panel}\"", dashboards, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(?<!\*)\*([^*\s][^*\n]*)\*(?!\*)")]
    private static partial Regex Panel();
}
