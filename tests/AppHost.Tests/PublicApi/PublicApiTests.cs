using System.Reflection;

namespace HotShelf.AppHostTests.PublicApi;

/// <summary>
/// The public surface of each stand-in is the checked list beside it. A change shows in the diff of that list, and each line of it must be one that the
/// real package has too: same namespace, name, parameters, defaults and nullability.
/// </summary>
public class PublicApiTests
{
    public static TheoryData<string> StandIns => new(Directory.EnumerateDirectories(Path.Combine(Folders.Root, "compat")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal));

    /// <summary>To write the lists anew: <c>HOTSHELF_WRITE_API=1 dotnet test tests/AppHost.Tests --filter PublicApiTests</c>. Then compare each new line with the real package.</summary>
    [Theory]
    [MemberData(nameof(StandIns))]
    public void StandIn_PublicSurface_IsWhatItsListSays(string package)
    {
        var file = Path.Combine(Folders.Root, "compat", package, "API.txt");
        var now = ApiText.Of(Assembly.Load(package));
        if (Environment.GetEnvironmentVariable("HOTSHELF_WRITE_API") == "1")
            File.WriteAllLines(file, now);
        var listed = File.ReadAllLines(file);
        Assert.True(listed.SequenceEqual(now), $"not in {package}/API.txt: {string.Join(" | ", now.Except(listed))}; only there: {string.Join(" | ", listed.Except(now))}");
    }

    [Fact]
    public void ApiText_OfAMember_HasItsNamesDefaultsAndNullability()
    {
        var lines = ApiText.Of(typeof(Aspire.Hosting.RedisBuilderExtensions).Assembly);
        Assert.Contains("  static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null)", lines);
        Assert.Contains("static class Aspire.Hosting.RedisBuilderExtensions", lines);
    }
}
