using System.Globalization;
using System.Text.RegularExpressions;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>Reads both text formats strictly: throws on what a scraper would refuse.</summary>
internal sealed partial class PrometheusText
{
    private PrometheusText()
    {
    }

    public Dictionary<string, string> Types { get; } = [];

    public Dictionary<string, string> Help { get; } = [];

    public Dictionary<string, string> Units { get; } = [];

    public List<Sample> Samples { get; } = [];

    public static PrometheusText Parse(string text, bool openMetrics)
    {
        var result = new PrometheusText();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var lines = text[..^1].Split('\n');
        if (openMetrics)
        {
            Assert.Equal("# EOF", lines[^1]);
            lines = lines[..^1];
        }

        var closed = new HashSet<string>();
        string? family = null;
        foreach (var line in lines)
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                var words = line.Split(' ', 4);
                Assert.Contains(words[1], (string[])["TYPE", "HELP", "UNIT"]);
                Assert.Matches("^[a-zA-Z_:][a-zA-Z0-9_:]*$", words[2]);
                if (words[2] != family)
                {
                    Assert.True(closed.Add(words[2]), $"{words[2]} is not in one block");
                    family = words[2];
                }

                var into = words[1] == "TYPE" ? result.Types : words[1] == "HELP" ? result.Help : result.Units;
                Assert.True(into.TryAdd(words[2], words[3]), $"second {words[1]} for {words[2]}");
            }
            else
            {
                var sample = ParseSample(line, openMetrics);
                Assert.StartsWith(family!, sample.Name, StringComparison.Ordinal);
                Assert.Contains(sample.Name[family!.Length..], Suffixes(result.Types[family], openMetrics));
                result.Samples.Add(sample);
            }
        }

        Assert.Equal(result.Samples.Count, result.Samples.Select(sample => sample.Series).Distinct().Count());
        return result;
    }

    public Sample One(string name, params (string Label, string Value)[] labels) =>
        Assert.Single(Samples, sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value));

    private static string[] Suffixes(string type, bool openMetrics) => type switch
    {
        "counter" => openMetrics ? ["_total", "_created"] : [""],
        "histogram" => openMetrics ? ["_bucket", "_sum", "_count", "_created"] : ["_bucket", "_sum", "_count"],
        "info" => ["_info"],
        _ => [""],
    };

    private static Sample ParseSample(string line, bool openMetrics)
    {
        var match = SampleLine().Match(line);
        Assert.True(match.Success, $"not a sample: {line}");
        Assert.True(openMetrics || !match.Groups["exemplar"].Success, $"exemplar in the text format: {line}");
        var labels = new Dictionary<string, string>();
        foreach (Match label in Label().Matches(match.Groups["labels"].Value))
            Assert.True(labels.TryAdd(label.Groups[1].Value, Unescape(label.Groups[2].Value)), $"label twice: {line}");
        return new Sample(match.Groups["name"].Value, labels, Number(match.Groups["value"].Value), match.Groups["exemplar"].Success ? match.Groups["exemplar"].Value : null);
    }

    private static string Unescape(string text) => text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)+)\})? (?<value>\S+)( # (?<exemplar>\{.*\} \S+ \S+))?$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?""")]
    private static partial Regex Label();

    internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value, string? Exemplar)
    {
        public string Series => Name + "{" + string.Join(',', Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")) + "}";
    }
}
