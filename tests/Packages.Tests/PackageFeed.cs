using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace HotShelf.Packages.Tests;

/// <summary>All packages of <c>src/</c>, packed once into a folder outside the repository, under a version that no other run has.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private readonly string _temporary = Directory.CreateTempSubdirectory("hotshelf-packages-").FullName;

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "../.."));

    /// <summary>The ids of the packages: each has a list of its public API.</summary>
    public static IEnumerable<string> Ids { get; } =
        [.. Directory.GetFiles(Path.Combine(Repository, "src"), "PublicAPI.Shipped.txt", SearchOption.AllDirectories).Select(static file => Path.GetFileName(Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    /// <summary>The central versions of all other packages.</summary>
    public static IReadOnlyDictionary<string, string> Versions { get; } = ReadVersions();

    public string Version { get; } = $"0.1.{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}";

    public async Task InitializeAsync()
    {
        foreach (var id in Ids)
        {
            await DotNet.RunAsync(
                Repository, "pack", $"src/{id}", "--configuration", "Release", "--output", FeedFolder, "--artifacts-path", Path.Combine(_temporary, "build"),
                $"-p:PackageVersion={Version}", "-p:RunAnalyzers=false");
        }

        // Added to the sources that this machine uses.
        await File.WriteAllTextAsync(
            Path.Combine(_temporary, "NuGet.config"),
            $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{FeedFolder}" />
              </packageSources>
            </configuration>
            """);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_temporary, recursive: true);
        var installed = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        foreach (var id in Ids)
        {
            // Package folders are lower case.
            var folder = Path.Combine(installed, id.ToLowerInvariant(), Version);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }

        return Task.CompletedTask;
    }

    internal ZipArchive Open(string id, string extension = "nupkg") => ZipFile.OpenRead(Path.Combine(FeedFolder, $"{id}.{Version}.{extension}"));

    internal static XElement Reference(string id, string version) => new("PackageReference", new XAttribute("Include", id), new XAttribute("Version", version));

    /// <summary>A fresh project of a template, with a folder of its own outside the repository.</summary>
    internal Task<NewProject> CreateAsync(string template, string name) => NewProject.CreateAsync(_temporary, template, name);

    private static Dictionary<string, string> ReadVersions()
    {
        var central = XDocument.Load(Path.Combine(Repository, ".config", "Directory.Packages.props"));
        // A version may name a property of the same file.
        var properties = central.Descendants("PropertyGroup").Elements().ToLookup(static property => $"$({property.Name.LocalName})", static property => property.Value);
        return central.Descendants("PackageVersion").ToDictionary(
            static version => version.Attribute("Include")!.Value,
            version => version.Attribute("Version")!.Value is var text && properties.Contains(text) ? properties[text].First() : text);
    }

    private string FeedFolder => Path.Combine(_temporary, "feed");

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

/// <summary>The tests that share the feed; they build projects, so one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class PackagesGroup : ICollectionFixture<PackageFeed>
{
    public const string Name = "packages";
}
