using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>The queries that we ship: of the dashboards and of the rules.</summary>
internal static partial class Expressions
{
    public static IEnumerable<(string Where, string Query)> OfDashboards() =>
        from file in Directory.GetFiles(Repository.Folder("deploy/grafana/dashboards"), "*.json").Order(StringComparer.Ordinal)
        from panel in JsonNode.Parse(File.ReadAllText(file))!["panels"]!.AsArray()
        from target in panel!["targets"]!.AsArray()
        select ($"{Path.GetFileName(file)}: {panel["title"]}", target!["expr"]!.GetValue<string>());

    /// <summary>Recording rules by the name they record under, alerts by their own.</summary>
    public static IEnumerable<(string Name, string Query, bool IsAlert)> OfRules()
    {
        foreach (var file in Directory.GetFiles(Repository.Folder("deploy/prometheus/rules"), "*.yml").Order(StringComparer.Ordinal))
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(file)));
            foreach (var rule in (from YamlMappingNode @group in (YamlSequenceNode)yaml.Documents[0].RootNode["groups"] from YamlMappingNode rule in (YamlSequenceNode)@group["rules"] select rule))
            {
                var isAlert = rule.Children.ContainsKey("alert");
                yield return (rule[isAlert ? "alert" : "record"].ToString(), rule["expr"].ToString(), isAlert);
            }
        }
    }

    /// <summary>The metrics that a query names.</summary>
    public static IEnumerable<string> MetricsOf(string query) => Metric().Matches(query).Select(match => match.Value).Distinct();

    [GeneratedRegex(@"\b(?:hotshelf_|hotshelf:|http_|db_|dotnet_|kestrel_|aspnetcore_)[a-z0-9_:]+\b(?!\s*(?:=|!=|,|\)\s*\())")]
    private static partial Regex Metric();
}
