using System.Diagnostics;
using Xunit.Abstractions;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>A fact that needs a container engine which a script can start by itself (root, dockerd and the programs that images are made of).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ContainerEngineFactAttribute : FactAttribute
{
    // Not every kernel lets an engine start, a build machine's neither: that is found out by starting one, once.
    private static readonly Lazy<string?> s_missing = new(() =>
    {
        using var check = Process.Start(new ProcessStartInfo("bash", [ComposeRunTests.Script, "--check"]) { RedirectStandardError = true })!;
        var said = check.StandardError.ReadToEnd();
        check.WaitForExit();
        return check.ExitCode == 0 ? null : said.Trim();
    });

    public ContainerEngineFactAttribute() => Skip = s_missing.Value;
}

public class ComposeRunTests(ITestOutputHelper output)
{
    internal static string Script { get; } = Repository.PathOf("tests/compose/run.sh");

    /// <summary>
    /// deploy/compose on a real engine: starts, answers, survives a replica, Redis and Postgres being killed, and leaves nothing. What it does step by
    /// step is in the script.
    /// </summary>
    [ContainerEngineFact]
    public async Task Composition_Started_SurvivesAndLeavesNothing()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name;
        using var script = Process.Start(new ProcessStartInfo("bash", [Script, "--configuration", configuration, "--no-build"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(12));
        // It cleans up when it is told to stop, so it must never be killed.
        await using var stop = limit.Token.Register(() => Process.Start("kill", ["-TERM", $"{script.Id}"]).Dispose());
        var said = script.StandardError.ReadToEndAsync(CancellationToken.None);
        await script.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await script.WaitForExitAsync(CancellationToken.None);
        output.WriteLine(await said);
        Assert.True(script.ExitCode == 0, $"ended with {script.ExitCode}: {await said}");
    }
}
