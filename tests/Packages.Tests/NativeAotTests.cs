using System.Net;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using HotShelf.TestServers;

namespace HotShelf.Packages.Tests;

/// <summary>
/// Programs with the packages, published as native code where a linker is installed and otherwise trimmed. Every warning of the trimmer and of the AOT compiler is an
/// error.
/// </summary>
[Collection(PackagesGroup.Name)]
[Trait("Category", "Packages")]
public sealed class NativeAotTests(PackageFeed feed)
{
    private static bool HasLinker => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "clang")) || File.Exists(Path.Combine(folder, "gcc")));

    [RedisFact]
    public async Task Worker_PublishedAsNativeCode_LoadsHitsAndInvalidates()
    {
        var program = await PublishAsync("console", "Worker", "Microsoft.NET.Sdk", "HotShelf.Caching");
        await using var redis = await RedisServer.StartAsync();
        foreach (var arguments in new[] { new[] { "--Caching:MemoryOnly=true" }, [$"--ConnectionStrings:cache=127.0.0.1:{redis.Port}", "--no-local"] })
        {
            await using var process = await ServerProcess.StartAsync(program, arguments);
            // What it wrote may arrive after its end.
            await Until.TrueAsync(() => !process.IsRunning && process.Output.Contains("2: Table", StringComparison.Ordinal), () => process.Output);
            string[] expected =
            [
                "loading", "Oak Chair 10x20 red", "Oak Chair 10x20 red", "loading", "Pine Chair 10x20 red", "loading", "Pine Chair 10x20 red",
                "missing: 2", "1: Pine Chair", "2: Table",
            ];
            Assert.Equal(expected, process.Output.Split('\n').Select(static line => line.Trim()).Where(line => expected.Contains(line)));
            Assert.DoesNotContain("fail:", process.Output, StringComparison.Ordinal);
        }
    }

    [RedisFact]
    public async Task Web_PublishedAsNativeCode_AnswersWithValidatorsAndFromTheOutputCache()
    {
        var program = await PublishAsync("web", "Web", "Microsoft.NET.Sdk.Web", "HotShelf.Caching.AspNetCore");
        await using var redis = await RedisServer.StartAsync();
        await using var site = await RunningSite.WhenListeningAsync(await ServerProcess.StartAsync(program, ["--urls", "http://127.0.0.1:0", $"--ConnectionStrings:cache=127.0.0.1:{redis.Port}"]));
        foreach (var path in new[] { "/value/1", "/either/1", "/time" })
        {
            using var first = await site.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
            using var second = await site.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        }

        using var missing = await site.Client.GetAsync("/either/100");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(await site.Client.GetStringAsync("/time"), await site.Client.GetStringAsync("/time"));
        await site.StopAsync();
    }

    private async Task<string> PublishAsync(string template, string name, string sdk, string package)
    {
        var project = await feed.CreateAsync(template, name);
        var published = await project.PublishAsync(
            new XDocument(
                new XElement("Project", new XAttribute("Sdk", sdk),
                    new XElement("PropertyGroup",
                        new XElement("OutputType", "Exe"),
                        new XElement("TargetFramework", "net10.0"),
                        new XElement("RuntimeIdentifier", RuntimeInformation.RuntimeIdentifier),
                        new XElement("Nullable", "enable"),
                        new XElement("ImplicitUsings", "enable"),
                        new XElement("InvariantGlobalization", "true"),
                        new XElement(HasLinker ? "PublishAot" : "PublishTrimmed", "true"),
                        new XElement("SelfContained", "true"),
                        new XElement("TrimmerSingleWarn", "false"),
                        new XElement("TreatWarningsAsErrors", "true")),
                    new XElement("ItemGroup",
                        PackageFeed.Reference(package, feed.Version),
                        // The web SDK has it in its framework.
                        template == "console" ? PackageFeed.Reference("Microsoft.Extensions.Hosting", PackageFeed.Versions["Microsoft.Extensions.Hosting.Abstractions"]) : null))),
            await File.ReadAllTextAsync(Path.Combine(PackageFeed.Repository, "tests/Packages.Tests/NativeAot", $"{name}.cs")));
        return Path.Combine(published, name);
    }
}
