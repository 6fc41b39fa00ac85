using System.Text.RegularExpressions;

namespace HotShelf.Deploy.Tests;

/// <summary>Settings and objects that the documents name are there.</summary>
public sealed partial class DocumentsTests
{
    /// <summary>Of the AppHost and of Kestrel, which have their own documents, and of other programs.</summary>
    private static readonly string[] s_ofOthers = ["Aspire:", "Parameters:", "Kestrel:", "Logging:"];

    [Fact]
    public void Settings_InDocuments_AreRead()
    {
        var unknown =
            from document in Documents()
            from Match name in Setting().Matches(Repository.Read(document))
            let key = name.Value.Replace("__", ":", StringComparison.Ordinal)
            where !s_ofOthers.Any(other => key.StartsWith(other, StringComparison.OrdinalIgnoreCase))
            where !Settings.IsKnown(name.Value) && !Settings.HasSection(key)
            select $"{document}: {name.Value}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void Workloads_InDocuments_AreThoseOfTheBase()
    {
        var written = string.Concat(Repository.Below("deploy/kubernetes").Where(file => file.EndsWith(".yaml", StringComparison.Ordinal)).Select(Repository.Read));
        var unknown =
            from document in Documents()
            from Match name in Workload().Matches(Repository.Read(document))
            where !written.Contains($"name: {name.Groups[1].Value}", StringComparison.Ordinal)
            select $"{document}: {name.Value}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void Namespaces_InTheReadme_AreMadeBeforeTheyAreUsed()
    {
        var readme = Repository.Read("deploy/README.md");
        var places =
            from file in Repository.Below("deploy/kubernetes/overlays")
            where file.EndsWith("/namespace.yaml", StringComparison.Ordinal)
            let used = readme.IndexOf($"kubectl -n {NamespaceName().Match(Repository.Read(file)).Groups[1].Value} ", StringComparison.Ordinal)
            where used >= 0
            select (file, made: readme.IndexOf($"kubectl apply -f {file}", StringComparison.Ordinal), used);
        Assert.NotEmpty(places);
        Assert.All(places, place => Assert.InRange(place.made, 0, place.used));
    }

    private static IEnumerable<string> Documents() =>
        [.. Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md").Select(static file => $"docs/{Path.GetFileName(file)}").Where(static file => file != "docs/CHANGELOG.md"), "README.md", "deploy/README.md"];

    // In code marks: Section:Key, or a variable Section__Key. Not urn:..., fleet:{hs}:... or product:42.
    [GeneratedRegex(@"(?<=`(?:[^`\n]*[\s(=-])?)[A-Z][A-Za-z]+(?:(?:__|:)[A-Za-z0-9-]+)+(?=[`\s=,;)])")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\bname: (\S+)")]
    private static partial Regex NamespaceName();

    [GeneratedRegex(@"\b(?:deployment|service)/([a-z]+)")]
    private static partial Regex Workload();
}
