using System.Net.Http.Json;
using System.Net.Sockets;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.AppHostTests;

public sealed class ProcessHygieneTests : IDisposable
{
    private readonly string _home = AppHostProcess.NewHome();
    private readonly int _port = ServerProcess.FreePort();

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [ServersFact]
    public async Task Interrupt_WhileRunning_EndsEverythingWithinFiveSecondsAndDataSurvives()
    {
        await using (var first = Start())
        {
            await first.WaitForOutputAsync("Everything is healthy");
            await ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)");
            var since = TimeProvider.System.GetTimestamp();
            first.Signal("INT");
            await first.WaitForExitAsync();
            Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(5));
            Assert.Equal(0, first.ExitCode);
            Assert.Empty(await ProcessTree.GoneAsync(first.Mark, TimeSpan.FromSeconds(1)));
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(_home, "tmp")), f => Path.GetFileName(f).StartsWith("aspire-", StringComparison.Ordinal));
        }

        var secrets = Directory.EnumerateFiles(_home, "secrets.json", SearchOption.AllDirectories).Single();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secrets));

        // The password changes between the runs: the data must stay readable.
        await using var second = Start("--Parameters:postgres-password=another-one");
        await second.WaitForOutputAsync("Everything is healthy");
        Assert.Equal(7, await ExecuteAsync("SELECT id FROM kept"));
    }

    [ServersFact]
    public async Task Kill_OfAppHost_LeavesNoProcessAndNoFileOfTheRun()
    {
        await using var host = Start();
        await host.WaitForOutputAsync("Everything is healthy");
        Assert.True(ProcessTree.With(host.Mark).Length > 10);
        host.Signal("KILL");
        Assert.Empty(await ProcessTree.GoneAsync(host.Mark, TimeSpan.FromSeconds(10)));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.Combine(_home, "tmp")), f => Path.GetFileName(f).StartsWith("aspire-", StringComparison.Ordinal));

        // And the next start finds nothing in its way.
        await using var next = Start();
        await next.WaitForOutputAsync("Everything is healthy");
    }

    [ServersFact]
    public async Task Start_PortIsTaken_SaysByWhomAndFails()
    {
        using var inTheWay = new TcpListener(System.Net.IPAddress.Loopback, _port);
        inTheWay.Start();
        await using var host = Start();
        await host.WaitForExitAsync();
        Assert.Equal(1, host.ExitCode);
        Assert.Contains($"Port {_port}", host.Output, StringComparison.Ordinal);
        Assert.Contains("'productapi'", host.Output, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId} (", host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
        Assert.Empty(await ProcessTree.GoneAsync(host.Mark, TimeSpan.FromSeconds(5)));
    }

    [ServersFact]
    public async Task Start_ResourceFails_ShowsItsLastLinesAndTheOthersGoOn()
    {
        await using var host = Start("--Sample:Failing=true");
        await host.WaitForOutputAsync("Not everything is running");
        Assert.Contains("Exited (exit code 3)", host.Output, StringComparison.Ordinal);
        Assert.Contains("the database of my dreams is missing", host.Output, StringComparison.Ordinal);
        using var client = new HttpClient();
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync(new Uri($"http://localhost:{_port}/health"))).StatusCode);
    }

    [ServersFact]
    public async Task Postgres_LeftoverPidFileAndDataOfAnotherVersion_AreHandled()
    {
        await using (var first = Start())
        {
            await first.WaitForOutputAsync("Everything is healthy");
            first.Signal("TERM");
            await first.WaitForExitAsync();
        }

        // As a server leaves it that was killed with the machine, with an id that another process has by now: ours.
        var data = Directory.EnumerateFiles(_home, "PG_VERSION", SearchOption.AllDirectories).Select(f => Path.GetDirectoryName(f)!).OrderBy(d => d.Length).First();
        await File.WriteAllTextAsync(Path.Combine(data, "postmaster.pid"), $"{Environment.ProcessId}\n{data}\n");
        await using (var second = Start())
        {
            await second.WaitForOutputAsync("Everything is healthy");
            second.Signal("TERM");
            await second.WaitForExitAsync();
        }

        await File.WriteAllTextAsync(Path.Combine(data, "PG_VERSION"), "9\n");
        await using var third = Start();
        await third.WaitForOutputAsync("FailedToStart");
        await third.WaitForOutputAsync("was made by PostgreSQL 9");
        Assert.Contains("move the folder away to begin with an empty database", third.Output, StringComparison.Ordinal);
        Assert.Contains("cache", third.Output, StringComparison.Ordinal);
    }

    private AppHostProcess Start(params string[] arguments) => AppHostProcess.Start(_home, [$"--Sample:Port={_port}", .. arguments]);

    private async Task<object?> ExecuteAsync(string sql)
    {
        using var client = new HttpClient();
        var environment = await client.GetFromJsonAsync<Dictionary<string, string>>($"http://localhost:{_port}/environment");
        await using var source = NpgsqlDataSource.Create(environment!["ConnectionStrings__productdb"]);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
