using System.Diagnostics;
using System.Globalization;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary><c>./dev</c> against the running AppHost of this checkout, each with a home of its own.</summary>
public sealed class DevCommandTests : IDisposable
{
    private readonly string _home = AppHostProcess.NewHome();

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [ServersFact]
    public async Task Dev_RunningApplication_TellsAndControlsIt()
    {
        Assert.Equal((1, "dev: nothing is running here: './dev run' starts it"), await DevAsync("status"));
        await using var host = AppHostProcess.StartProject(_home, "AppHost", "AppHost", "--DcpPublisher:RandomizePorts=true");
        await host.WaitForOutputAsync("Everything is healthy");

        var (code, table) = await DevAsync("status");
        Assert.Equal(0, code);
        Assert.Matches("productapi +Running \\(healthy\\) +2 ", table);

        var redis = int.Parse(ProcessTree.With(host.Mark).Single(p => p.Contains("/redis-server ", StringComparison.Ordinal) && !p.Contains("leash", StringComparison.Ordinal)).Split(' ')[0], CultureInfo.InvariantCulture);
        using (var kill = Process.Start("kill", ["-9", redis.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await host.WaitForOutputAsync("Exited (exit code 137)");
        Assert.Equal((0, "cache: Running (healthy)"), await DevAsync("start", "cache"));
        Assert.Contains("Started as process", (await DevAsync("logs", "cache", "-n", "100")).Output, StringComparison.Ordinal);

        Assert.Contains("invalidate-price", (await DevAsync("command", "productapi")).Output, StringComparison.Ordinal);
        var invalidated = await DevAsync("command", "productapi", "invalidate-price");
        Assert.True(invalidated is { Code: 0 }, invalidated.Output);
        Assert.Contains("dev: There is no resource 'nobody'. There are: cache, postgres", (await DevAsync("restart", "nobody")).Output, StringComparison.Ordinal);
        Assert.Equal((0, "cacheworker: Exited"), await DevAsync("stop", "cacheworker"));

        host.Signal("TERM");
        await host.WaitForExitAsync();
        Assert.True(host.ExitCode == 0, host.Output);
        Assert.Empty(await ProcessTree.GoneAsync(host.Mark, TimeSpan.FromSeconds(2)));
        Assert.Equal((1, "dev: nothing is running here: './dev run' starts it"), await DevAsync("status"));
    }

    private async Task<(int Code, string Output)> DevAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Folders.Root, "dev"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _home };
        start.Environment["HOME"] = _home;
        start.Environment["XDG_DATA_HOME"] = Path.Combine(_home, "data");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (output + await error).TrimEnd());
    }
}
