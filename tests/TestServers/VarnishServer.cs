using System.Net;
using Xunit;

namespace HotShelf.TestServers;

/// <summary>A fact that needs Redis, Postgres and Varnish; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class SharedCacheFactAttribute : FactAttribute
{
    /// <summary>Looks for the servers once, when tests are found.</summary>
    public SharedCacheFactAttribute() => Skip = RedisServer.Missing ?? PostgresServer.Missing ?? VarnishServer.Missing;
}

/// <summary>A real shared HTTP cache on a free loopback port in front of one server. It keeps what <c>Cache-Control</c> and <c>Age</c> allow (RFC 9111).</summary>
public sealed class VarnishServer : IAsyncDisposable
{
    private static readonly string? s_program = Programs.Find("varnishd", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin");

    private readonly ServerProcess _process;
    private readonly DirectoryInfo _folder;

    private VarnishServer(ServerProcess process, DirectoryInfo folder, int port)
    {
        _process = process;
        _folder = folder;
        Address = new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Where clients connect.</summary>
    public Uri Address { get; }

    /// <summary>Why tests must skip (no Varnish here and not on CI); null when they can run.</summary>
    public static string? Missing =>
        s_program is not null || Programs.IsCI ? null : "varnishd is not installed: install the package varnish";

    /// <summary>Starts the cache and returns when it answers.</summary>
    /// <param name="origin">The server behind it.</param>
    public static async Task<VarnishServer> StartAsync(Uri origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        var program = s_program ?? throw new InvalidOperationException("varnishd is not installed, and CI=true does not allow to skip");
        var folder = Directory.CreateTempSubdirectory("hotshelf-varnish-");
        var port = ServerProcess.FreePort();
        var configuration = Path.Combine(folder.FullName, "origin.vcl");
        await File.WriteAllTextAsync(configuration, $$"""
            vcl 4.1;
            backend default { .host = "{{origin.Host}}"; .port = "{{origin.Port}}"; }
            """).ConfigureAwait(false);
        // default_grace is Varnish's own: it would serve each answer for ten seconds after its end, whatever the answer says.
        var process = await ServerProcess.StartAsync(program,
            ["-F", "-j", "none", "-n", Path.Combine(folder.FullName, "work"), "-a", $"127.0.0.1:{port}", "-f", configuration, "-s", "malloc,32m", "-p", "default_grace=0"]).ConfigureAwait(false);
        var server = new VarnishServer(process, folder, port);
        using var client = new HttpClient { BaseAddress = server.Address };
        await Until.TrueAsync(() => server.AnswersAsync(client), $"varnishd on port {port} answers", seconds: 30).ConfigureAwait(false);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // SIGTERM lets varnishd end the worker process that it started; a kill would leave that behind for a moment.
        await _process.SignalAsync("TERM").ConfigureAwait(false);
        await Until.TrueAsync(() => !_process.IsRunning, "varnishd ends").ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
        _folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync(HttpClient client)
    {
        if (!_process.IsRunning)
            throw new InvalidOperationException($"varnishd did not start: {_process.Output}");
        try
        {
            using var answer = await client.GetAsync(new Uri("/alive", UriKind.Relative)).ConfigureAwait(false);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
