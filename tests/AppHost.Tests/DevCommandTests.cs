using System.Diagnostics;
using System.Text.RegularExpressions;
using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary><c>./dev</c> against the running AppHost of this checkout, each with a home of its own.</summary>
public sealed partial class DevCommandTests : IDisposable
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
        await SignsInAsync(LoginLink().Match(table).Value);

        var redis = StartedAs().Match((await DevAsync("logs", "cache", "-n", "100")).Output).Groups[1].Value;
        using (var kill = Process.Start("kill", ["-9", redis]))
            await kill.WaitForExitAsync();
        await host.WaitForOutputAsync("Exited (exit code 137)");
        Assert.Equal((0, "cache: Running (healthy)"), await DevAsync("start", "cache"));
        Assert.Equal(2, StartedAs().Count((await DevAsync("logs", "cache", "-n", "100")).Output));

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

    // The printed link opens the dashboard; without its token it asks for one.
    private static async Task SignsInAsync(string link)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var entered = await http.GetAsync(new Uri(link));
        Assert.Equal((System.Net.HttpStatusCode.Found, "/"), (entered.StatusCode, entered.Headers.Location?.OriginalString));
        Assert.Contains(entered.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("hotshelf-", StringComparison.Ordinal));
        using var refused = await http.GetAsync(new Uri(link + "0"));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
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

    [GeneratedRegex("http://localhost:[0-9]+/login\\?t=[0-9a-f]{32}")]
    private static partial Regex LoginLink();

    [GeneratedRegex("Started as process ([0-9]+)")]
    private static partial Regex StartedAs();
}
