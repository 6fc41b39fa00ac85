using System.Diagnostics;

namespace HotShelf.Architecture.Tests;

/// <summary>The script <c>dev</c>, with a <c>dotnet</c> of the test's own making in front of the real one; and what installs, as it does.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DevScriptTests : IDisposable
{
    private readonly string _bin = Directory.CreateTempSubdirectory("hotshelf-dev-").FullName;

    private readonly Dictionary<string, string> _environment = [];

    private string _script = Path.Combine(Repository.Root, "dev");

    public void Dispose() => Directory.Delete(_bin, recursive: true);

    [Fact]
    public async Task Dev_NoArguments_ExplainsItself()
    {
        var (code, output, _) = await RunAsync();
        Assert.Equal(0, code);
        Assert.All((string[])["run", "test", "bench", "load", "doctor"], command => Assert.Contains($"./dev {command}", output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dev_UnknownCommand_SaysSoAndFails()
    {
        var (code, _, errors) = await RunAsync("nonsense");
        Assert.NotEqual(0, code);
        Assert.Contains("no command 'nonsense'", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "3 passed, 0 failed", 0, "3 3 3", "")]
    [InlineData(0, "5 passed, 0 failed, 2 skipped", 0, "3 3 3", "4 2 2")]
    [InlineData(1, "4 passed, 1 failed", 1, "3 3 2", "2 2 2")]
    [InlineData(1, "3 passed, 1 failed", 1, "3 3 3", "")]
    [InlineData(1, "0 passed, 0 failed", 0, "", "")]
    public async Task Test_Results_CloseWithOneLineAndItsExitCode(int expectedCode, string expectedLine, int dotnetCode, string firstRun, string secondRun)
    {
        await FakeDotnetAsync($$"""
            case "$1" in
              --version) echo 10.0.100 ;;
              build) ;;
              test)
                while [ $# -gt 0 ]; do [ "$1" = --results-directory ] && folder=$2; shift; done
                n=0
                for run in "{{firstRun}}" "{{secondRun}}"; do
                  [ -n "$run" ] || continue
                  set -- $run
                  n=$((n + 1))
                  echo "    <Counters total=\"$1\" executed=\"$2\" passed=\"$3\" failed=\"0\" />" > "$folder/$n.trx"
                done
                exit {{dotnetCode}} ;;
            esac
            """);

        var (code, output, _) = await RunAsync("test");

        Assert.Equal(expectedLine, output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(expectedCode, code);
    }

    [Fact]
    public async Task Test_Arguments_GoToDotnetTest()
    {
        await FakeDotnetAsync("""
            [ "$1" = --version ] && echo 10.0.100
            [ "$1" = test ] && printf '%s\n' "$@"
            exit 0
            """);
        var (_, output, _) = await RunAsync("test", "--filter", "A name with spaces");
        Assert.Contains("\n--filter\nA name with spaces\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_SdkTooOld_NamesTheOneToInstall()
    {
        await FakeDotnetAsync("""
            [ "$1" = --list-sdks ] && echo "8.0.100 [/x]" && exit 0
            exit 1
            """);
        var (code, _, errors) = await RunAsync("test");
        Assert.NotEqual(0, code);
        Assert.Contains("installed: 8.0.100", errors, StringComparison.Ordinal);
        Assert.Contains("10.0.100", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DotnetElsewhere_TheAppHostIsToldWhere()
    {
        var (_, output, errors) = await RunAppHostAsync();
        Assert.True(output.Contains("DOTNET_ROOT=/opt/dot net\n", StringComparison.Ordinal), output + errors);
    }

    [Fact]
    public async Task Doctor_DotnetOnlyInTheHome_IsFound()
    {
        var home = Directory.CreateDirectory(Path.Combine(_bin, ".dotnet")).FullName;
        await WriteAsync(Path.Combine(home, "dotnet"), "[ \"$1\" = --version ] && echo 10.0.123");
        HideOtherPrograms();
        _environment["HOME"] = _bin;
        _environment["DOTNET_ROOT"] = "";
        var (_, output, errors) = await RunAsync("doctor");
        Assert.Contains(".NET SDK       10.0.123", output, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet", errors, StringComparison.Ordinal);
    }

    /// <summary>The servers are looked for in the usual folders too, so this is asked of a copy that has none.</summary>
    [Theory]
    [InlineData("docker", "not here (containers are used; './dev test' installs it)", "all is there", 0)]
    [InlineData("podman", "not here (containers are used; './dev test' installs it)", "all is there", 0)]
    [InlineData("none", "MISSING: './dev run' installs it", "see the lines in capitals", 1)]
    public async Task Doctor_NoServers_AreMissingWhereNoEngineAnswersOnly(string engine, string expected, string result, int expectedCode)
    {
        await FakeAsync("dotnet", "[ \"$1\" = --version ] && echo 10.0.123");
        await FakeAsync(engine, "[ \"$1\" = ps ]");
        await HideServersAsync();

        var (code, output, _) = await RunAsync("doctor");

        Assert.Contains($"Redis          {expected}\n", output, StringComparison.Ordinal);
        Assert.Contains($"PostgreSQL     {expected}\n", output, StringComparison.Ordinal);
        Assert.EndsWith($"{result}\n", output, StringComparison.Ordinal);
        Assert.Equal(expectedCode, code);
    }

    /// <summary>Docker Desktop while it starts, or an address that leads nowhere. The other engine may still answer.</summary>
    [Theory]
    [InlineData("none", "MISSING: './dev run' installs it")]
    [InlineData("podman", "not here (containers are used; './dev test' installs it)")]
    public async Task Doctor_EngineThatDoesNotAnswer_IsNotWaitedForLonger(string other, string expected)
    {
        await FakeAsync("dotnet", "[ \"$1\" = --version ] && echo 10.0.123");
        await FakeAsync("docker", "exec /bin/sleep 30");
        await FakeAsync(other, "[ \"$1\" = ps ]");
        await HideServersAsync();
        await File.WriteAllTextAsync(_script, (await File.ReadAllTextAsync(_script)).Replace("engine_limit=10", "engine_limit=1", StringComparison.Ordinal));

        var (_, output, errors) = await RunAsync("doctor");

        Assert.Equal("dev: docker does not answer within 1 s\n", errors);
        Assert.Contains($"PostgreSQL     {expected}\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dev", "redis-server, postgresql, prometheus, varnish, haproxy")]
    [InlineData("tests/compose/install.sh", "docker.socket, docker.service, containerd.service, docker-registry.service, haproxy.service, prometheus.service, redis-server.service")]
    public async Task Install_OnABuildMachine_TurnsTheSystemServicesOff(string script, string expected)
    {
        await FakeAsync("dotnet", "[ \"$1\" = --version ] && echo 10.0.123");
        await FakeAsync("id", "echo 0");
        await FakeAsync("apt-get", "");
        await FakeAsync("deb-systemd-helper", "");
        await FakeAsync("systemctl", "[ \"$1 $2\" = 'disable --now' ] && echo \"$4\" >>\"${0%/*}/off\"");
        _script = Path.Combine(Repository.Root, script);
        await HideServersAsync();
        Directory.CreateDirectory(Path.Combine(_bin, "system"));
        await File.WriteAllTextAsync(_script, (await File.ReadAllTextAsync(_script)).Replace("/run/systemd/system", Path.Combine(_bin, "system"), StringComparison.Ordinal));
        _environment["CI"] = "true";
        _environment["HOTSHELF_REDIS_SERVER"] = "";

        await RunAsync("test");

        Assert.Equal(expected, string.Join(", ", await File.ReadAllLinesAsync(Path.Combine(_bin, "off"))));
    }

    [Fact]
    public async Task Run_TakenPort_FailsAtOnceAndNamesIt()
    {
        var (port, code, output, errors) = await RunWithTakenPortAsync();
        Assert.Equal(1, code);
        Assert.Contains($"port {port} is in use by ", errors, StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [Fact]
    public async Task Run_TakenPortAndNothingThatSaysByWhom_SaysWhatToInstall()
    {
        HideOtherPrograms();
        var (port, code, _, errors) = await RunWithTakenPortAsync();
        Assert.Equal(1, code);
        Assert.Contains($"port {port} is in use by another process (install iproute2 or lsof to see which). If", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RedisElsewhere_TheAppHostIsToldWhere()
    {
        _environment["HOTSHELF_REDIS_SERVER"] = "/opt/valkey/bin/valkey-server";
        var (_, output, errors) = await RunAppHostAsync();
        Assert.True(output.Contains("Aspire__RunAsExecutable__cache__ProgramsDirectory=/opt/valkey/bin\n", StringComparison.Ordinal), output + errors);
    }

    private async Task<(int Port, int Code, string Output, string Errors)> RunWithTakenPortAsync()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        _environment["ASPNETCORE_URLS"] = $"http://localhost:{port}/";
        var (code, output, errors) = await RunAppHostAsync();
        return (port, code, output, errors);
    }

    /// <summary><c>./dev run</c> with an AppHost that writes what it is given.</summary>
    private async Task<(int Code, string Output, string Errors)> RunAppHostAsync()
    {
        var program = Path.Combine(_bin, "apphost");
        await FakeDotnetAsync($$"""
            case "$*" in
              --version) echo 10.0.100 ;;
              --list-sdks) printf '%s\n' '8.0.100 [/x/sdk]' '10.0.100 [/opt/dot net/sdk]' ;;
              *-getProperty:RunCommand) echo {{program}} ;;
            esac
            """);
        await WriteAsync(program, "env | grep '^DOTNET_ROOT=\\|^Aspire__'; printf '%s\\n' \"$@\"");
        _environment["DOTNET_ROOT"] = "";
        _environment.TryAdd("ASPNETCORE_URLS", "http://localhost:0");
        return await RunAsync("run", "--no-install", "--", "--DcpPublisher:RandomizePorts=true");
    }

    private async Task FakeDotnetAsync(string body)
    {
        await FakeAsync("dotnet", body);
        // The servers are not needed either: nothing is started, and nothing may be installed by a test.
        foreach (var program in (string[])["redis-server", "initdb", "postgres", "promtool"])
        {
            await FakeAsync(program, "");
        }
    }

    /// <summary>Leaves what the script itself needs and what the test puts there: no servers, no engine, no dotnet.</summary>
    private void HideOtherPrograms()
    {
        foreach (var program in (string[])["bash", "dirname", "sed", "awk", "grep", "cut", "paste", "tr", "env", "mktemp", "rm", "cat"])
            File.CreateSymbolicLink(Path.Combine(_bin, program), ((string[])[$"/usr/bin/{program}", $"/bin/{program}"]).First(File.Exists));
        _environment["PATH"] = _bin;
    }

    /// <summary>Takes a copy of the script that does not look in the usual folders.</summary>
    private async Task HideServersAsync()
    {
        HideOtherPrograms();
        var copy = Path.Combine(_bin, "dev");
        var text = await File.ReadAllTextAsync(_script);
        // Nor does it look at the ports of this machine, where anything may run.
        await File.WriteAllTextAsync(copy, text.Replace("/usr/", "/nowhere/", StringComparison.Ordinal).Replace("/opt/", "/nowhere/", StringComparison.Ordinal).Replace("/dev/tcp/", "/nowhere/", StringComparison.Ordinal));
        File.Copy(Path.Combine(Repository.Root, "global.json"), Path.Combine(_bin, "global.json"));
        _script = copy;
    }

    private Task FakeAsync(string program, string body) => WriteAsync(Path.Combine(_bin, program), body);

    private static async Task WriteAsync(string program, string body)
    {
        await File.WriteAllTextAsync(program, "#!/bin/sh\n" + body.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(_script);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["PATH"] = $"{_bin}:{Environment.GetEnvironmentVariable("PATH")}";
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }
}
