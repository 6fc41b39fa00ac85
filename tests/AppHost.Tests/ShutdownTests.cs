using System.Globalization;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>Ending by a signal is exit code 0 with nothing left, whenever it comes and whatever the application's own callbacks do.</summary>
public sealed class ShutdownTests : IDisposable
{
    private readonly string _home = AppHostProcess.NewHome();

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [ServersTheory]
    [InlineData("TERM", "Everything is healthy", 0)]
    [InlineData("INT", "Starting cache", 0)]
    [InlineData("TERM", "cache-", 40)]
    [InlineData("TERM", "postgres-", 150)]
    [InlineData("INT", "productapi-", 400)]
    public async Task Signal_AtAnyMoment_EndsWithCodeZeroAndNothingLeft(string signal, string after, int milliseconds)
    {
        await using var host = AppHostProcess.Start(_home, "--DcpPublisher:RandomizePorts=true");
        await host.WaitForOutputAsync(after);
        await Task.Delay(milliseconds);
        await EndAsync(host, signal);
    }

    [ServersFact]
    public async Task Signal_CallbacksOfTheApplicationThrow_EndsWithCodeZeroAndNothingLeft()
    {
        await using var host = AppHostProcess.Start(_home, "--DcpPublisher:RandomizePorts=true", "--Sample:Rude=true");
        await host.WaitForOutputAsync("Everything is healthy");
        await EndAsync(host, "TERM");
    }

    [ServersFact]
    public async Task Signal_Twice_EndsWithCodeZeroAndNothingLeft()
    {
        await using var host = AppHostProcess.Start(_home, "--DcpPublisher:RandomizePorts=true");
        await host.WaitForOutputAsync("Everything is healthy");
        host.Signal("INT");
        await EndAsync(host, "INT");
    }

    private async Task EndAsync(AppHostProcess host, string signal)
    {
        host.Signal(signal);
        await host.WaitForExitAsync();
        Assert.True(host.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"exit code {host.ExitCode}: {host.Output}"));
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
        Assert.Empty(await ProcessTree.GoneAsync(host.Mark, TimeSpan.FromSeconds(2)));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(_home, "tmp")), f => Path.GetFileName(f).StartsWith("aspire-", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(_home, "control", SearchOption.AllDirectories));
    }
}
