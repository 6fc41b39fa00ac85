using System.Diagnostics;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Aspire.Hosting.Tests;

/// <summary>The playground's application in a process of its own, with home, temporary files and volumes in one folder.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    /// <summary>Not that of <see cref="TestApp"/>: this one is seen in a list of processes, and other tests look there for theirs.</summary>
    private const string Password = "secret";

    private readonly Process _process;

    private AppHostProcess(Process process, int cachePort) => (_process, CachePort) = (process, cachePort);

    public int CachePort { get; }

    public static AppHostProcess Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => StartAfter(":", folder, environment, arguments);

    /// <summary>Starts it by a shell that has run <paramref name="command"/>, which changes what the application inherits.</summary>
    public static AppHostProcess StartAfter(string command, string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var cachePort = ServerProcess.FreePort();
        var info = new ProcessStartInfo("/bin/sh",
        [
            "-c", $"{command} && exec dotnet \"$@\"", "sh",
            Path.Combine(AppContext.BaseDirectory, "Playground.AppHost.dll"), $"--CachePort={cachePort}", $"--Parameters:cache-password={Password}",
            $"--Parameters:postgres-password={Password}", $"--Aspire:RunAsExecutable:VolumesDirectory={folder}/volumes", .. arguments,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        info.Environment["HOME"] = folder;
        info.Environment["TMPDIR"] = Path.Combine(folder, "tmp");
        info.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        info.Environment["ASPNETCORE_URLS"] = $"http://localhost:{ServerProcess.FreePort()}";
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        var process = Process.Start(info)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new AppHostProcess(process, cachePort);
    }

    /// <summary>A connection once Redis answers.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync(bool tls)
    {
        var options = new ConfigurationOptions { EndPoints = { { "localhost", CachePort } }, Password = Password, Ssl = tls, ConnectTimeout = 1000, ConnectRetry = 1 };
        // The application trusts the certificate, this process does not.
        options.CertificateValidation += (_, certificate, _, _) => certificate?.Subject == "CN=localhost";
        ConnectionMultiplexer? connection = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                connection = await ConnectionMultiplexer.ConnectAsync(options);
            }
            catch (RedisConnectionException)
            {
                // Not yet.
            }

            return connection is not null;
        }, "Redis answers", seconds: 60);
        return connection!;
    }

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var terminate = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await terminate.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
