using System.Text.Json;
using System.Text.RegularExpressions;

namespace HotShelf.Architecture.Tests;

/// <summary>What the documents say is so.</summary>
public sealed partial class DocumentsTests
{
    [Fact]
    public void Links_InDocuments_LeadSomewhere()
    {
        var dead =
            from document in Repository.With(".md")
            from Match link in Link().Matches(CodeBlock().Replace(Repository.Read(document), ""))
            let target = link.Groups[1].Value.Replace(OwnPages, "/", StringComparison.Ordinal)
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !Resolves(document, target)
            select $"{document} -> {target}";
        Assert.Empty(dead);
    }

    [Fact]
    public void Readme_SdkVersion_IsTheOneOfGlobalJson()
    {
        using var global = JsonDocument.Parse(Repository.Read("global.json"));
        var version = global.RootElement.GetProperty("sdk").GetProperty("version").GetString()!;
        foreach (var document in (string[])["README.md", "docs/CONTRIBUTING.md"])
        {
            var named = SdkVersion().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value).ToArray();
            Assert.NotEmpty(named);
            Assert.All(named, found => Assert.StartsWith(found, version, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Commands_NamedInDocuments_Exist()
    {
        var script = Repository.Read("dev");
        var unknown =
            from document in Repository.With(".md")
            from Match command in DevCommand().Matches(Repository.Read(document))
            where !script.Contains($"cmd_{command.Groups[1].Value}()", StringComparison.Ordinal)
            select $"{document}: ./dev {command.Groups[1].Value}";
        Assert.Empty(unknown);
    }

    /// <summary>How a package's readme, which is also read where no files are beside it, names the documents of this repository.</summary>
    private const string OwnPages = "https://github.com/hotshelf/hotshelf/blob/main/";

    private static bool Resolves(string document, string target)
    {
        var hash = target.IndexOf('#', StringComparison.Ordinal);
        var path = hash < 0 ? target : target[..hash];
        var file = path.Length == 0
            ? document
            : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, path[0] == '/' ? "" : Path.GetDirectoryName(document)!, Uri.UnescapeDataString(path.TrimStart('/'))))).Replace('\\', '/');
        return Repository.Exists(file) && (hash < 0 || !file.EndsWith(".md", StringComparison.Ordinal) || Anchors(file).Contains(target[(hash + 1)..]));
    }

    // As the usual renderers make them: lower case, punctuation dropped, spaces to hyphens.
    private static IEnumerable<string> Anchors(string file) =>
        Heading().Matches(Repository.Read(file)).Select(match => string.Concat(match.Groups[1].Value.Trim().ToLowerInvariant()
            .Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'));

    [GeneratedRegex(@"(?<!\!)\[[^\]]*\]\(([^)\s]+)(?:\s+""[^""]*"")?\)")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("^#+ +(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\.NET(?: SDK)? (\d+(?:\.\d+)*)")]
    private static partial Regex SdkVersion();

    [GeneratedRegex(@"\./dev ([a-z]+)")]
    private static partial Regex DevCommand();
}
