using System.Diagnostics;
using HotShelf.TestServers;

namespace HotShelf.Aspire.Hosting.Tests;

/// <summary>A fact that needs root and a container engine's programs; without them it is skipped saying why.</summary>
public sealed class EngineFactAttribute : FactAttribute
{
    /// <summary>Looks for the programs once, when tests are found.</summary>
    public EngineFactAttribute() => Skip = RedisServer.Missing
        ?? (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "an engine of its own needs root on Linux"
        : ContainerEngine.Daemon is null || Programs.Find("docker") is null ? "dockerd is not installed (on Debian: apt-get install docker.io)" : null);
}

/// <summary>A container engine of one test, with everything in one folder.</summary>
internal sealed class ContainerEngine : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _daemon;

    private ContainerEngine(string folder, Process daemon) => (_folder, _daemon) = (folder, daemon);

    public static string? Daemon { get; } = Programs.Find("dockerd", "/usr/sbin", "/usr/local/sbin");

    /// <summary>What its clients need in their environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{_folder}/engine.sock", ["DOCKER_CONFIG"] = _folder };

    public static async Task<ContainerEngine> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var daemon = Process.Start(new ProcessStartInfo("/bin/sh",
            ["-c", $"exec {Daemon} --data-root {folder}/data --exec-root {folder}/run --pidfile {folder}/pid --host unix://{folder}/engine.sock --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none >{folder}/log 2>&1"]))!;
        var engine = new ContainerEngine(folder, daemon);
        try
        {
            await Until.TrueAsync(async () => !daemon.HasExited && (await engine.RunAsync("docker", "info")).Code == 0, () => $"dockerd answers: {File.ReadAllText($"{folder}/log")}");
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    public async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        using var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_daemon.HasExited)
        {
            // In this order, so that no bridge of a network stays in the kernel.
            await RunAsync("/bin/sh", "-c", "docker ps -aq | xargs -r docker rm -f; docker network prune -f");
            await RunAsync("kill", $"{_daemon.Id}");
        }

        await _daemon.WaitForExitAsync();
        _daemon.Dispose();
    }
}
