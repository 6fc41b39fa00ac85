namespace HotShelf.Architecture.Tests;

/// <summary>Who may reference whom.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> s_mayReference = new()
    {
        // The generator and the code fixes are part of its package, not of its code.
        ["HotShelf.Caching"] = ["HotShelf.Caching.Generators", "HotShelf.Caching.CodeFixes"],
        ["HotShelf.Caching.AspNetCore"] = ["HotShelf.Caching"],
        ["HotShelf.Caching.Fleet"] = ["HotShelf.Caching"],
        ["HotShelf.Caching.Generators"] = [],
        ["HotShelf.Caching.OpenTelemetry"] = ["HotShelf.Caching"],
        ["HotShelf.Caching.CodeFixes"] = [],
        ["HotShelf.Caching.Postgres"] = ["HotShelf.Caching"],
        ["Catalog"] = ["HotShelf.Caching", "HotShelf.Caching.Generators", "HotShelf.Caching.Postgres"],
        ["ProductApi"] = ["Catalog", "HotShelf.Caching.AspNetCore", "HotShelf.Caching.Fleet", "HotShelf.Caching.Generators", "ServiceDefaults"],
        ["CacheWorker"] = ["Catalog", "HotShelf.Caching.Fleet", "HotShelf.Caching.Generators", "ServiceDefaults"],
        ["ServiceDefaults"] = [],
        ["CacheConsole"] = ["HotShelf.Caching.Fleet", "ServiceDefaults"],
        ["AppHost"] = ["ProductApi", "CacheWorker", "CacheConsole", "HotShelf.Aspire.Hosting"],
        ["HotShelf.Aspire.Hosting"] = [],
    };

    // Outside the running system: they may reference everything.
    private static readonly string[] s_observers = ["tests", "bench"];

    private static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["HotShelf.Caching"] =
        [
            "Microsoft.Extensions.Caching.Abstractions", "Microsoft.Extensions.Caching.Memory", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
            "Microsoft.Extensions.Hosting.Abstractions", "StackExchange.Redis",
        ],
        ["HotShelf.Caching.AspNetCore"] = [],
        ["HotShelf.Caching.Fleet"] = [],
        ["HotShelf.Caching.OpenTelemetry"] = ["OpenTelemetry.Api"],
        ["HotShelf.Caching.Postgres"] = ["Npgsql"],
        ["Catalog"] = ["Npgsql"],
        ["HotShelf.Aspire.Hosting"] = ["Aspire.Hosting.Redis", "Aspire.Hosting.PostgreSQL"],
    };

    [Fact]
    public void Projects_ReferenceOnlyTheAreasTheyMay()
    {
        var wrong =
            from project in ProjectFile.All
            where !s_observers.Contains(project.Area)
            from area in project.References
            where area != project.Area
            where !s_mayReference.GetValueOrDefault(project.Area, []).Contains(area)
            select $"{project.Path} references {area}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Projects_AllBelongToAnArea() =>
        Assert.Empty(ProjectFile.All.Where(project => !s_mayReference.ContainsKey(project.Area) && !s_observers.Contains(project.Area)).Select(project => project.Path));

    [Fact]
    public void Projects_WithAShortListOfPackages_NameNoOther() =>
        Assert.Empty(
            from project in ProjectFile.All
            where s_packages.ContainsKey(project.Area)
            from package in project.Packages.Except(s_packages[project.Area])
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
    public void Packages_ExceptTheHttpSide_NeedNoAspNetCore() =>
        Assert.All(["HotShelf.Caching", "HotShelf.Caching.Fleet", "HotShelf.Caching.OpenTelemetry"], id => Assert.DoesNotContain("FrameworkReference", Repository.Read($"src/{id}/{id}.csproj"), StringComparison.Ordinal));

    [Fact]
    public void Caching_StackExchangeRedis_StaysInItsFolder()
    {
        var outside = Repository.Sources("src/HotShelf.Caching").Where(file => !file.StartsWith("src/HotShelf.Caching/Redis/", StringComparison.Ordinal));
        Assert.All(outside, file => Assert.DoesNotContain("StackExchange.Redis;", Repository.Read(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Caching_KnowsNothingOfAspNetCore() =>
        Assert.All(Repository.Sources("src/HotShelf.Caching"), file => Assert.DoesNotContain("using Microsoft.AspNetCore", Repository.Read(file), StringComparison.Ordinal));
}
