using System.Diagnostics;
using System.Text;

namespace HotShelf.AppHostTests;

public sealed class ManifestTests : IDisposable
{
    private static readonly string s_root = Folders.Root;

    private readonly string _folder = Directory.CreateTempSubdirectory("manifest-tests-").FullName;

    public ManifestTests()
    {
        AddProject("ProductApi", 5080);
        AddProject("Dashboard", 18888);
        AddProject("CacheWorker", null);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Forms => new()
    {
        { "--publisher manifest --output-path {0}/aspire-manifest.json", "aspire-manifest.json" },
        { "--publisher=manifest --output-path={0}/other.json", "other.json" },
        { "--operation publish --step publish-manifest --output-path {0}/aspire-manifest.json", "aspire-manifest.json" },
        { "--operation publish --step publish-manifest --output-path {0}", "aspire-manifest.json" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Publish_TargetAppHost_WritesWhatRealAspireWrites(string form, string file)
    {
        var (code, output) = await PublishAsync("tests/Target.AppHost", "Target.AppHost", string.Format(System.Globalization.CultureInfo.InvariantCulture, form, _folder).Split(' '));
        Assert.Equal((0, true), (code, output.Contains($"Published manifest to: {_folder}", StringComparison.Ordinal)));
        var expected = await File.ReadAllBytesAsync(Path.Combine(s_root, "tests/AppHost.Tests/Data/target-manifest.json"));
        Assert.Equal(Encoding.UTF8.GetString(expected), await File.ReadAllTextAsync(Path.Combine(_folder, file)));
        Assert.Equal(expected, await File.ReadAllBytesAsync(Path.Combine(_folder, file)));
    }

    [Theory]
    [InlineData("--publisher manifest", "The '--output-path [path]' option was not specified")]
    [InlineData("--operation publish --step publish-manifest", "The '--output-path [path]' option was not specified")]
    [InlineData("--publisher kubernetes --output-path x", "The publisher 'kubernetes' is not known. There is one: --publisher manifest.")]
    [InlineData("--operation publish --step deploy --output-path x", "The step 'deploy' is not known.")]
    public async Task Publish_WrongArguments_SaysOnlyWhatToDo(string arguments, string message)
    {
        var (code, output) = await PublishAsync("tests/Target.AppHost", "Target.AppHost", arguments.Split(' '), ("Logging__Console__LogLevel__Default", "Trace"));
        Assert.Equal(1, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    /// <summary>Run <c>./dev manifest</c> when this fails.</summary>
    [Fact]
    public async Task Manifest_InTheRepository_IsWhatTheAppHostWritesNow()
    {
        var path = Path.Combine(s_root, $"aspire-manifest.{Guid.NewGuid():N}.json");
        try
        {
            var (code, output) = await PublishAsync("AppHost", "AppHost", ["--publisher", "manifest", "--output-path", path]);
            Assert.True(code == 0, output);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(s_root, "aspire-manifest.json")), await File.ReadAllTextAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void AddProject(string name, int? port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name, "Properties")).FullName;
        File.WriteAllText(Path.Combine(_folder, name, $"{name}.csproj"), "<Project />");
        if (port is not null)
            File.WriteAllText(Path.Combine(folder, "launchSettings.json"), "{\"profiles\":{\"http\":{\"commandName\":\"Project\",\"applicationUrl\":\"http://localhost:" + port + "\"}}}");
    }

    private async Task<(int Code, string Output)> PublishAsync(string project, string assembly, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Folders.OutputOf(project, assembly), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("HOME", _folder), ("XDG_DATA_HOME", _folder), ("TARGET_FOLDER", _folder), .. environment])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
