using System.Runtime.CompilerServices;

namespace HotShelf.Architecture.Tests;

/// <summary>The checkout that these tests were built from, read as files.</summary>
internal static class Repository
{
    private static readonly string[] s_notOurs = ["bin", "obj", ".git", "node_modules", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".vs", ".idea"];

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    /// <summary>Every file that is not built or fetched, by its path from the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> With(string extension) => Files.Where(file => file.EndsWith(extension, StringComparison.Ordinal));

    /// <summary>The C# files of one folder.</summary>
    public static IEnumerable<string> Sources(string folder) => With(".cs").Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static bool Exists(string path) => File.Exists(Path.Combine(Root, path)) || Directory.Exists(Path.Combine(Root, path));

    /// <summary>The folder of the nearest project file above a source file, or null.</summary>
    public static string? ProjectOf(string file)
    {
        for (var folder = Path.GetDirectoryName(file); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Files.Any(other => other.EndsWith(".csproj", StringComparison.Ordinal) && Path.GetDirectoryName(other) == folder))
                return folder.Replace('\\', '/');
        }

        return null;
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            yield return file;
        foreach (var inner in Directory.EnumerateDirectories(folder).Where(inner => !s_notOurs.Contains(Path.GetFileName(inner))))
        {
            foreach (var file in Walk(inner))
                yield return file;
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
