using System.Xml.Linq;

namespace HotShelf.Architecture.Tests;

/// <summary>One project file: its area, and the areas and packages that it references.</summary>
internal sealed record ProjectFile(string Path, string Area, IReadOnlyList<string> References, IReadOnlyList<string> Packages, bool HasWebFramework)
{
    public static IReadOnlyList<ProjectFile> All { get; } = [.. Repository.With(".csproj").Select(Load)];

    private static ProjectFile Load(string path)
    {
        var xml = XDocument.Parse(Repository.Read(path));
        var folder = System.IO.Path.GetDirectoryName(path)!;
        var references = Values(xml, "ProjectReference").Select(target => AreaOf(Normalize(System.IO.Path.Combine(folder, target))));
        return new ProjectFile(
            path,
            AreaOf(path),
            [.. references],
            [.. Values(xml, "PackageReference")],
            xml.Root!.Attribute("Sdk")?.Value == "Microsoft.NET.Sdk.Web" || Values(xml, "FrameworkReference").Contains("Microsoft.AspNetCore.App"));
    }

    /// <summary>The first folder, or the second in <c>src/</c>; each project of <c>tests/</c> or <c>bench/</c> counts as that folder.</summary>
    private static string AreaOf(string path) => path.Split('/') is ["src", var package, ..] ? package : path.Split('/')[0];

    private static string Normalize(string path) =>
        System.IO.Path.GetRelativePath(Repository.Root, System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, path))).Replace('\\', '/');

    private static IEnumerable<string> Values(XDocument xml, string element) => xml.Descendants(element).Attributes("Include").Select(attribute => attribute.Value.Replace('\\', '/'));
}
