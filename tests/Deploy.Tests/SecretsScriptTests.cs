using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace HotShelf.Deploy.Tests;

/// <summary>deploy/secrets.sh over what an earlier run has left.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SecretsScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hotshelf-secrets-");

    private string Secrets => Path.Combine(_folder.FullName, "secrets");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Run_WithTlsOverSecretsWithoutIt_FailsAndSaysWhatToAdd()
    {
        Assert.Equal((0, ""), await RunAsync(tls: false));

        var (code, errors) = await RunAsync(tls: true);

        Assert.Equal(1, code);
        Assert.Contains("ConnectionStrings__cache was made without TLS. Add ',ssl=true'", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("inside-ca.crt")));

        File.WriteAllText(PathOf("ConnectionStrings__cache"), Read("ConnectionStrings__cache") + ",ssl=true\n");
        File.WriteAllText(PathOf("ConnectionStrings__sessions"), Read("ConnectionStrings__sessions") + ",ssl=true\n");
        File.WriteAllText(PathOf("ConnectionStrings__productdb"), Read("ConnectionStrings__productdb") + ";SSL Mode=VerifyFull\n");
        Assert.Equal((0, ""), await RunAsync(tls: true));
    }

    [Theory]
    [InlineData("cache-users.acl")]
    [InlineData("cache-users.acl", "cache-operator-password")]
    [InlineData("ConnectionStrings__productdb")]
    [InlineData("Api__Key")]
    public async Task Run_AfterOneThatBrokeOff_CompletesTheSet(params string[] missing)
    {
        Assert.Equal((0, ""), await RunAsync(tls: false));
        foreach (var name in missing)
            File.Delete(PathOf(name));

        Assert.Equal((0, ""), await RunAsync(tls: false));

        Assert.Contains($"#{Hash(Read("ConnectionStrings__cache").Split("password=")[1])}\n", Read("cache-users.acl"), StringComparison.Ordinal);
        Assert.Contains($"#{Hash(Read("cache-operator-password"))}\n", Read("cache-users.acl"), StringComparison.Ordinal);
        Assert.Contains($";Password={Read("postgres-password")};", Read("ConnectionStrings__productdb"), StringComparison.Ordinal);
        Assert.Equal(Read("Api__Keys__admin"), Read("Api__Key"));
    }

    [Fact]
    public async Task Run_PasswordLeftAsAHashOnly_FailsAndSaysSo()
    {
        Assert.Equal((0, ""), await RunAsync(tls: false));
        File.Delete(PathOf("ConnectionStrings__sessions"));

        var (code, errors) = await RunAsync(tls: false);

        Assert.Equal(1, code);
        Assert.Contains("sessions-users.acl is there without ConnectionStrings__sessions", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CertificateThatFails_LeavesNoneThatTheNextRunTakesForAll()
    {
        var broken = Path.Combine(_folder.FullName, "openssl");
        await File.WriteAllTextAsync(broken, "#!/bin/sh\n[ \"$1\" != x509 ] && PATH=${PATH#*:} exec openssl \"$@\"\necho 'no such digest' >&2\nexit 5\n");
        File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (code, errors) = await RunAsync(tls: true);
        Assert.Equal(1, code);
        Assert.Matches("^no such digest.*: 'openssl x509' failed", errors);
        File.Delete(broken);

        Assert.Equal((0, ""), await RunAsync(tls: true));

        Assert.All((string[])["cache", "sessions", "postgres", "productapi", "cacheconsole"], name => Assert.True(File.Exists(PathOf($"{name}.crt")) && File.Exists(PathOf($"{name}.key")), name));
        Assert.Empty(Directory.GetFileSystemEntries(Secrets, ".*"));
    }

    [Fact]
    public async Task Run_WithTlsAndWithoutOpenssl_FailsAndSaysWhatToInstall()
    {
        foreach (var program in (string[])["mkdir", "chmod", "mktemp", "rm"])
            File.CreateSymbolicLink(Path.Combine(_folder.FullName, program), ((string[])[$"/usr/bin/{program}", $"/bin/{program}"]).First(File.Exists));

        var (code, errors) = await RunAsync(tls: true, path: _folder.FullName);

        Assert.Equal(1, code);
        Assert.Contains("need openssl, which was not found", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Secrets));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private string PathOf(string name) => Path.Combine(Secrets, name);

    private string Read(string name) => name.EndsWith(".acl", StringComparison.Ordinal) ? File.ReadAllText(PathOf(name)) : File.ReadAllText(PathOf(name)).TrimEnd();

    // What it says of the files that it makes is left out.
    private async Task<(int Code, string Errors)> RunAsync(bool tls, string? path = null)
    {
        var start = new ProcessStartInfo("sh", [Repository.PathOf("deploy/secrets.sh"), Secrets]) { RedirectStandardError = true };
        start.Environment["HOTSHELF_TLS"] = tls ? "yes" : "";
        start.Environment["PATH"] = path ?? $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var script = Process.Start(start)!;
        var errors = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, string.Concat(errors.Split('\n').Where(line => !line.StartsWith("made ", StringComparison.Ordinal))));
    }
}
