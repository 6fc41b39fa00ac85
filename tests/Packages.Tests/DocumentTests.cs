using System.Xml.Linq;

namespace HotShelf.Packages.Tests;

/// <summary>Every C# block of the readmes and documents compiles against the packages, and so does each row of the migration guides against the packages of both sides.</summary>
[Collection(PackagesGroup.Name)]
[Trait("Category", "Packages")]
public sealed class DocumentTests(PackageFeed feed)
{
    /// <summary>What the documents' code uses beside HotShelf's packages.</summary>
    private static readonly string[] s_others =
    [
        "Microsoft.Extensions.Caching.Hybrid", "Microsoft.Extensions.Caching.StackExchangeRedis", "Microsoft.Extensions.TimeProvider.Testing", "OpenTelemetry.Exporter.Console",
        "OpenTelemetry.Extensions.Hosting",
        "ZiggyCreatures.FusionCache", "ZiggyCreatures.FusionCache.Backplane.StackExchangeRedis", "ZiggyCreatures.FusionCache.Serialization.SystemTextJson",
    ];

    private static IEnumerable<string> Documents() =>
        [.. new[] { "README.md" }, .. In("docs", "*.md", SearchOption.TopDirectoryOnly), .. In("src", "README.md", SearchOption.AllDirectories)];

    private static IEnumerable<string> In(string folder, string name, SearchOption depth) =>
        Directory.GetFiles(Path.Combine(PackageFeed.Repository, folder), name, depth).Select(static file => Path.GetRelativePath(PackageFeed.Repository, file)).Order(StringComparer.Ordinal);

    [Fact]
    public async Task Code_OfAllDocuments_CompilesAgainstThePackages()
    {
        var project = await feed.CreateAsync("web", "Documents");
        var files = Documents()
            .SelectMany(static document => new DocumentCode(PackageFeed.Repository, document).Files(document.Contains("spire", StringComparison.Ordinal) ? "AppHostContext" : "HotShelfContext"))
            .Concat(Guide("docs/migrating.md", "HybridCache"))
            .Concat(Guide("docs/migrating.md", "FusionCache"))
            .ToArray();
        Assert.InRange(files.Length, 60, 1000);
        await project.CompileAsync(Project(), [.. files, await File.ReadAllTextAsync(Path.Combine(PackageFeed.Repository, "tests/Packages.Tests/Documents/Contexts.cs"))]);
    }

    private static IEnumerable<string> Guide(string document, string from)
    {
        var code = new DocumentCode(PackageFeed.Repository, document);
        return [.. code.Cells($"| {from} | HotShelf |", 0, $"{from}Context"), .. code.Cells($"| {from} | HotShelf |", 1, "HotShelfContext")];
    }

    private XDocument Project() => new(
        new XElement("Project", new XAttribute("Sdk", "Microsoft.NET.Sdk.Web"),
            new XElement("PropertyGroup",
                new XElement("TargetFramework", "net10.0"),
                new XElement("OutputType", "Library"),
                new XElement("Nullable", "enable"),
                new XElement("ImplicitUsings", "enable"),
                // The documents declare one service several times.
                new XElement("NoWarn", "$(NoWarn);CS1998;CS8321;NU1603;HSC010;EXTEXP0018")),
            new XElement("ItemGroup",
                PackageFeed.Ids.Select(id => PackageFeed.Reference(id, feed.Version)),
                s_others.Select(static id => PackageFeed.Reference(id, PackageFeed.Versions[id])))));
}
