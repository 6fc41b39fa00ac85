using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace HotShelf.Caching.Generators.Tests.Diagnostics;

public class CatalogTests
{
    public static TheoryData<string> Ids => [.. Generators.Diagnostics.All.Select(static descriptor => descriptor.Id)];

    /// <summary>The root of the repository.</summary>
    internal static string Root { get; } = Path.GetFullPath(Path.Combine(Folder(), "../../.."));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Diagnostic_OfThisGenerator_HasAPageATestClassAndAReleaseNote(string id)
    {
        var descriptor = Generators.Diagnostics.ById(id);
        Assert.Matches("^HSC0[0-9]{2}$", id);
        Assert.Equal(DiagnosticSeverity.Error, descriptor.DefaultSeverity);
        const string pages = "https://github.com/hotshelf/hotshelf/blob/main/";
        Assert.StartsWith(pages, descriptor.HelpLinkUri, StringComparison.Ordinal);
        Assert.StartsWith($"# {id}: ", File.ReadAllText(Path.Combine(Root, descriptor.HelpLinkUri[pages.Length..])), StringComparison.Ordinal);
        Assert.Contains($"[{id}]({id}.md)", File.ReadAllText(Path.Combine(Root, "docs/diagnostics/README.md")), StringComparison.Ordinal);
        Assert.Contains($"{id} | HotShelf.Caching | Error | {descriptor.Title}", File.ReadAllText(Path.Combine(Root, "src/HotShelf.Caching.Generators/AnalyzerReleases.Unshipped.md")), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Folder(), $"{id}*Tests.cs"));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
