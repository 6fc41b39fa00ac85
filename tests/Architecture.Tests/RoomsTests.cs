namespace HotShelf.Architecture.Tests;

/// <summary>Who may reference whom.</summary>
public sealed class RoomsTests
{
    private static readonly Dictionary<string, string[]> s_mayReference = new()
    {
        ["Caching"] = [],
        ["Caching.AspNetCore"] = ["Caching"],
        ["Caching.Generators"] = [],
        ["Catalog"] = ["Caching", "Caching.Generators"],
        ["ProductApi"] = ["Catalog", "Caching.AspNetCore", "Caching.Generators", "ServiceDefaults"],
        ["CacheWorker"] = ["Catalog", "Caching.Generators", "ServiceDefaults"],
        ["ServiceDefaults"] = [],
        ["Dashboard"] = ["ServiceDefaults", "Caching"],
        ["AppHost"] = ["ProductApi", "CacheWorker", "Dashboard"],
        ["compat"] = ["compat"],
    };

    // Rooms outside the running system: they look at everything.
    private static readonly string[] s_observers = ["tests", "bench"];

    private static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["Caching"] = ["StackExchange.Redis", "Polly.Core"],
        ["Caching.AspNetCore"] = [],
        ["Catalog"] = ["Npgsql"],
    };

    [Fact]
    public void Projects_ReferenceOnlyTheRoomsTheyMay()
    {
        var wrong =
            from project in ProjectFile.All
            where !s_observers.Contains(project.Room)
            from room in project.Rooms
            where room != project.Room || project.Room == "compat"
            where !s_mayReference.GetValueOrDefault(project.Room, []).Contains(room)
            select $"{project.Path} references {room}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Projects_AllBelongToARoom() =>
        Assert.Empty(ProjectFile.All.Where(project => !s_mayReference.ContainsKey(project.Room) && !s_observers.Contains(project.Room)).Select(project => project.Path));

    [Fact]
    public void Projects_RoomsWithAShortList_NameNoOtherPackage() =>
        Assert.Empty(
            from project in ProjectFile.All
            where s_packages.ContainsKey(project.Room)
            from package in project.Packages.Except(s_packages[project.Room])
            select $"{project.Path} names the package {package}");

    [Fact]
    public void Projects_AreAllInTheSolution()
    {
        var solution = Repository.Read("HotShelf.slnx");
        Assert.Empty(ProjectFile.All.Where(project => !solution.Contains($"Path=\"{project.Path}\"", StringComparison.Ordinal)).Select(project => project.Path));
    }

    [Fact]
    public void Projects_PackageVersions_AreCentral() =>
        Assert.Empty(ProjectFile.All.Where(project => Repository.Read(project.Path).Contains("Version=\"", StringComparison.Ordinal)
            && Repository.Read(project.Path).Split('\n').Any(line => line.Contains("<PackageReference", StringComparison.Ordinal) && line.Contains("Version=", StringComparison.Ordinal)))
            .Select(project => project.Path));

    [Fact]
    public void Caching_StackExchangeRedis_StaysInItsFolder()
    {
        var outside = Repository.Sources("Caching").Where(file => !file.StartsWith("Caching/Redis/", StringComparison.Ordinal));
        Assert.All(outside, file => Assert.DoesNotContain("StackExchange.Redis;", Repository.Read(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Caching_KnowsNothingOfAspNetCore() =>
        Assert.All(Repository.Sources("Caching"), file => Assert.DoesNotContain("using Microsoft.AspNetCore", Repository.Read(file), StringComparison.Ordinal));

    [Fact]
    public void StandIns_OnlyCompatAndTheDirectoryFiles_KnowOfThem()
    {
        string[] mayKnow = ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"];
        var wrong = Repository.Files
            .Where(file => !file.StartsWith("compat/", StringComparison.Ordinal) && !file.EndsWith(".md", StringComparison.Ordinal) && !mayKnow.Contains(file))
            // This test has to name what it looks for.
            .Where(file => !file.StartsWith("tests/Architecture.Tests/", StringComparison.Ordinal) && IsText(file))
            .Where(file => Repository.Read(file).Contains("UseReal" + "Packages", StringComparison.Ordinal));
        // The AppHost's SDK is imported by condition: nothing else can do it.
        Assert.Empty(wrong.Except(["AppHost/AppHost.csproj"]));
    }

    private static bool IsText(string file) => Path.GetExtension(file) is not (".png" or ".frame" or ".gz" or ".ico" or ".woff2" or ".pb");
}
