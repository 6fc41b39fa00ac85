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

/// <summary>A script that starts an engine of its own, and cleans up after itself.</summary>
internal static class EngineScript
{
    // One at a time: each takes all that the machine has.
    private static readonly SemaphoreSlim s_turn = new(1);

    public static async Task RunAsync(string path, string[] arguments, ITestOutputHelper output)
    {
        await s_turn.WaitAsync();
        try
        {
            using var script = Process.Start(new ProcessStartInfo("bash", [Repository.PathOf(path), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(18));
            // It cleans up when it is told to stop, so it must never be killed.
            await using var stop = limit.Token.Register(() => Process.Start("kill", ["-TERM", $"{script.Id}"]).Dispose());
            var said = script.StandardError.ReadToEndAsync(CancellationToken.None);
            await script.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await script.WaitForExitAsync(CancellationToken.None);
            output.WriteLine(await said);
            Assert.True(script.ExitCode == 0, $"ended with {script.ExitCode}: {await said}");
        }
        finally
        {
            s_turn.Release();
        }
    }
}
