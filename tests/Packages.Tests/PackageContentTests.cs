using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace HotShelf.Packages.Tests;

/// <summary>What a package says of itself and what lies in it.</summary>
[Collection(PackagesGroup.Name)]
[Trait("Category", "Packages")]
public sealed class PackageContentTests(PackageFeed feed)
{
    public static TheoryData<string> Ids => [.. PackageFeed.Ids];

    private static string Read(ZipArchive package, string entry)
    {
        using var reader = new StreamReader(package.Entries.Single(candidate => candidate.FullName == entry).Open(), Encoding.Latin1);
        return reader.ReadToEnd();
    }

    private XElement Metadata(string id)
    {
        using var package = feed.Open(id);
        var document = XDocument.Parse(Read(package, $"{id}.nuspec").TrimStart('\u00ef', '\u00bb', '\u00bf'));
        return document.Root!.Elements().Single(static element => element.Name.LocalName == "metadata");
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Package_Metadata_IsComplete(string id)
    {
        var metadata = Metadata(id);
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("HotShelf contributors", Value(metadata, "authors"));
        Assert.Equal("https://github.com/hotshelf/hotshelf", Value(metadata, "projectUrl"));
        Assert.InRange(Value(metadata, "description").Length, 50, 400);
        Assert.NotEmpty(Value(metadata, "tags"));
        var repository = metadata.Elements().Single(static element => element.Name.LocalName == "repository");
        Assert.Equal(("git", "https://github.com/hotshelf/hotshelf"), (repository.Attribute("type")!.Value, repository.Attribute("url")!.Value));
        Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")!.Value);
        using var package = feed.Open(id);
        Assert.NotNull(package.GetEntry(Value(metadata, "readme")));
        Assert.NotNull(package.GetEntry(Value(metadata, "icon")));
        Assert.NotNull(package.GetEntry($"lib/net10.0/{id}.xml"));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Symbols_OfPackage_LeadToTheSource(string id)
    {
        using var symbols = feed.Open(id, "snupkg");
        Assert.Contains("\"/_/*\":\"https://raw.githubusercontent.com/hotshelf/hotshelf/", Read(symbols, $"lib/net10.0/{id}.pdb"), StringComparison.Ordinal);
    }

    [Fact]
    public void Caching_Files_AreTheLibraryAndItsGenerator()
    {
        using var package = feed.Open("HotShelf.Caching");
        Assert.Equal(
            ["analyzers/dotnet/cs/HotShelf.Caching.Generators.dll", "lib/net10.0/HotShelf.Caching.dll"],
            package.Entries.Select(static entry => entry.FullName).Where(static name => name.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Caching_Dependencies_AreFew()
    {
        var dependencies = Metadata("HotShelf.Caching").Descendants().Where(static element => element.Name.LocalName == "dependency").Select(static element => element.Attribute("id")!.Value);
        Assert.Equal(
            [
                "Microsoft.Extensions.Caching.Abstractions", "Microsoft.Extensions.Caching.Memory", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
                "Microsoft.Extensions.Hosting.Abstractions", "StackExchange.Redis",
            ],
            dependencies);
    }

    [Fact]
    public void Fleet_Dependencies_AreTheCacheAlone() =>
        Assert.Equal(["HotShelf.Caching"], Metadata("HotShelf.Caching.Fleet").Descendants().Where(static element => element.Name.LocalName == "dependency").Select(static element => element.Attribute("id")!.Value));
}
