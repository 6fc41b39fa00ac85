using System.Text.Json;
using System.Text.RegularExpressions;

namespace HotShelf.AppHostTests;

/// <summary>What azure.yaml and docs/azd.md name exists.</summary>
public partial class AzureDocumentTests
{
    [Fact]
    public void AzureYaml_NamesTheAppHost()
    {
        var text = File.ReadAllText(Path.Combine(Folders.Root, "azure.yaml"));
        var project = ProjectLine().Match(text).Groups["path"].Value;
        Assert.True(File.Exists(Path.Combine(Folders.Root, project)), project);
        Assert.Contains("Sdk=\"Aspire.AppHost.Sdk/", File.ReadAllText(Path.Combine(Folders.Root, project)), StringComparison.Ordinal);
        Assert.Contains("host: containerapp", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_TableOfResources_IsThatOfTheManifest()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folders.Root, "aspire-manifest.json")));
        var types = manifest.RootElement.GetProperty("resources").EnumerateObject().ToDictionary(r => r.Name, r => r.Value.GetProperty("type").GetString());
        var named = new HashSet<string>();
        foreach (Match row in Row().Matches(File.ReadAllText(Path.Combine(Folders.Root, "docs", "azd.md"))))
        {
            foreach (Match name in Name().Matches(row.Groups["names"].Value))
            {
                Assert.True(types.TryGetValue(name.Groups[1].Value, out var type), $"{name.Groups[1].Value} is not in the manifest");
                Assert.Equal(type, row.Groups["type"].Value);
                named.Add(name.Groups[1].Value);
            }
        }

        // Values that only join others together need no words.
        Assert.Empty(types.Where(t => t.Value is not ("annotated.string" or "value.v0")).Select(t => t.Key).Except(named));
    }

    // Azure Files knows no owners and no permissions: initdb fails on it.
    [Fact]
    public void Manifest_Containers_HaveNoVolume()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folders.Root, "aspire-manifest.json")));
        Assert.Empty(manifest.RootElement.GetProperty("resources").EnumerateObject().Where(r => r.Value.TryGetProperty("volumes", out _)).Select(r => r.Name));
    }

    [GeneratedRegex("^ +project: \\./(?<path>\\S+)$", RegexOptions.Multiline)]
    private static partial Regex ProjectLine();

    [GeneratedRegex("^\\| (?<names>`[^|]+`) \\| `(?<type>[a-z]+\\.v\\d)` \\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
