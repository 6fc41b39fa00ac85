using System.Diagnostics;
using HotShelf.TestServers;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class AppHostProcessTests : IDisposable
{
    private static readonly Dictionary<string, string> s_always = new() { ["Aspire__RunAsExecutable__Mode"] = "Always" };

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ServersFact]
    public async Task Kill_ApplicationIsGone_LeavesNoServerAndTheDataStartsAgain()
    {
        await using (var app = AppHostProcess.Start(_folder.Path, s_always, "--Volume=kept"))
        {
            await using (var redis = await app.ConnectAsync(tls: false))
                await redis.GetDatabase().StringSetAsync("kept", "yes");
            await Until.TrueAsync(() => File.Exists(PostmasterPid), "PostgreSQL has started");
            app.Kill();
        }

        await Until.TrueAsync(() => Processes.With(_folder.Path).Count == 0, () => $"{Processes.With(_folder.Path).Count} processes are left", seconds: 60);
        Assert.Empty(Directory.GetDirectories(_folder["tmp"], "aspire-*"));
        Assert.False(File.Exists(PostmasterPid));

        var again = AppHostProcess.Start(_folder.Path, s_always, "--Volume=kept");
        await using (var redis = await again.ConnectAsync(tls: false))
            Assert.Equal("yes", await redis.GetDatabase().StringGetAsync("kept"));
        await Until.TrueAsync(() => File.Exists(PostmasterPid), "PostgreSQL has started");
        await StopAsync(again);
    }

    // As root the server runs as the user postgres.
    [PostgresFact]
    public async Task Start_UmaskThatKeepsOthersOut_PostgresStarts()
    {
        var app = AppHostProcess.StartAfter("umask 077", _folder.Path, s_always, "--Volume=kept");
        await Until.TrueAsync(() => File.Exists(PostmasterPid), "PostgreSQL has started");
        await StopAsync(app);
    }

    [RedisTheory]
    [InlineData("none", false)]
    [InlineData("untrusted", false)]
    [InlineData("trusted", true)]
    public async Task Start_DeveloperCertificate_RedisHasTlsAsItsContainerWould(string certificate, bool tls)
    {
        var environment = new Dictionary<string, string>(s_always) { ["SSL_CERT_DIR"] = $"{_folder[".aspnet", "dev-certs", "trust"]}:/etc/ssl/certs" };
        if (certificate != "none")
            await MakeCertificateAsync(environment, isTrusted: certificate == "trusted");

        var app = AppHostProcess.Start(_folder.Path, environment);
        await using (var redis = await app.ConnectAsync(tls))
            Assert.True(await redis.GetDatabase().StringSetAsync("key", "value"));
        await StopAsync(app);
    }

    private string PostmasterPid => _folder["volumes", "kept-postgres", "data", "postmaster.pid"];

    private async Task StopAsync(AppHostProcess app)
    {
        await app.DisposeAsync();
        await Until.TrueAsync(() => Processes.With(_folder.Path).Count == 0, "all processes have ended");
    }

    private async Task MakeCertificateAsync(Dictionary<string, string> environment, bool isTrusted)
    {
        var info = new ProcessStartInfo("dotnet", ["dev-certs", "https", .. (string[])(isTrusted ? ["--trust"] : [])]) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["HOME"] = info.Environment["DOTNET_CLI_HOME"] = _folder.Path;
        info.Environment["SSL_CERT_DIR"] = environment["SSL_CERT_DIR"];
        using var process = Process.Start(info)!;
        // Its exit code says that browsers do not trust the certificate.
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
    }
}
