using System.Diagnostics;

namespace HotShelf.AppHostTests;

public sealed class ManifestTests : IDisposable
{
    private static readonly string s_root = Folders.Root;

    private readonly string _folder = Directory.CreateTempSubdirectory("manifest-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Run <c>dotnet aspire do publish-manifest -o .</c> when this fails.</summary>
    [Fact]
    public async Task Manifest_InTheRepository_IsWhatTheAppHostWritesNow()
    {
        var path = Path.Combine(s_root, $"aspire-manifest.{Guid.NewGuid():N}.json");
        try
        {
            var (code, output) = await PublishAsync(path);
            Assert.True(code == 0, output);
            Assert.Equal(await File.ReadAllTextAsync(Path.Combine(s_root, "aspire-manifest.json")), await File.ReadAllTextAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<(int Code, string Output)> PublishAsync(string path)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Folders.OutputOf("AppHost", "AppHost"), "--publisher", "manifest", "--output-path", path]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("HOME", _folder), ("XDG_DATA_HOME", _folder), ("TMPDIR", _folder)])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
