using HotShelf.TestServers;

namespace HotShelf.AppHostTests;

/// <summary>However the AppHost ends, nothing it started outlives it by more than ten seconds.</summary>
[Collection(nameof(HotShelfApplication))]
public sealed class ShutdownTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [ServersTheory]
    [InlineData("TERM", 0)]
    [InlineData("KILL", 137)]
    public async Task Signal_WholeSystemIsHealthy_LeavesNoProcess(string signal, int exitCode)
    {
        await using var host = AppHostProcess.Start([.. _data.Arguments, "--Parameters:api-key=a-key-for-the-tests-of-the-apphost"]);
        await host.WaitForOutputAsync("HotShelf is healthy after");
        foreach (var program in (string[])["redis-server", "postgres", "ProductApi", "CacheWorker", "CacheConsole"])
            Assert.Contains(ProcessTree.With(host.Mark), process => process.Contains(program, StringComparison.Ordinal));
        host.Signal(signal);
        await host.WaitForExitAsync();
        Assert.Equal(exitCode, host.ExitCode);
        Assert.Empty(await ProcessTree.GoneAsync(host.Mark, TimeSpan.FromSeconds(10)));
        Assert.DoesNotContain("Unhandled exception", host.Output, StringComparison.Ordinal);
    }
}
