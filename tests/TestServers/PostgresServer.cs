using System.Diagnostics;

namespace HotShelf.TestServers;

/// <summary>A real Postgres server on a free loopback port in a temporary folder, gone with the test.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _bin;
    private readonly string _folder;
    private readonly string[] _settings;
    private ServerProcess? _process;

    private PostgresServer(string bin, string folder, int port, string[] settings)
    {
        _bin = bin;
        _folder = folder;
        _settings = settings;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The server's process; its sessions are children of it.</summary>
    public int ProcessId => _process!.ProcessId;

    /// <summary>What Npgsql connects to: superuser <c>postgres</c>, trusted on loopback.</summary>
    public string ConnectionString => ConnectionStringFor("postgres");

    /// <summary>Why tests must skip (no Postgres here and not on CI); null when they can run.</summary>
    public static string? Missing =>
        Programs.PostgresBin is not null || Programs.IsCI ? null : "PostgreSQL is not installed: './dev test' installs it, or install the package postgresql";

    /// <summary>The connection string for another database of this server.</summary>
    public string ConnectionStringFor(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Include Error Detail=true";

    /// <summary>Creates a fresh cluster and starts it; durability is off, since nothing outlives the test, and the WAL is logical, as the change feed needs it.</summary>
    /// <param name="settings">More settings, such as <c>wal_level=replica</c>.</param>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var bin = Programs.PostgresBin ?? throw new InvalidOperationException("PostgreSQL is not installed, and CI=true does not allow to skip");
        var folder = Directory.CreateTempSubdirectory("hotshelf-pg-").FullName;
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", folder).ConfigureAwait(false);
        await RunAsOwnerAsync(folder, Path.Combine(bin, "initdb"), "-D", Path.Combine(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").ConfigureAwait(false);
        var server = new PostgresServer(bin, folder, ServerProcess.FreePort(), settings);
        await server.RestartAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Kills the server at once (SIGQUIT, so that its children go too): every connection breaks.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        await _process.SignalAsync("QUIT").ConfigureAwait(false);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_process.IsRunning && !limit.IsCancellationRequested)
            await Task.Delay(10, CancellationToken.None).ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
        _process = null;
    }

    /// <summary>Starts the server again on the same port with the same data and returns when it accepts connections.</summary>
    public async Task RestartAsync()
    {
        await KillAsync().ConfigureAwait(false);
        _process = await ServerProcess.StartAsync(Path.Combine(_bin, "postgres"),
            ["-D", Path.Combine(_folder, "data"), "-p", $"{Port}", "-h", "127.0.0.1", "-k", _folder,
             "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "wal_level=logical", "-c", "max_replication_slots=100", "-c", "max_wal_senders=100",
             .. _settings.SelectMany(setting => (string[])["-c", setting])],
            "postgres", _folder).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await IsReadyAsync().ConfigureAwait(false))
        {
            if (!_process.IsRunning || limit.IsCancellationRequested)
                throw new InvalidOperationException($"postgres on port {Port} did not start: {_process.Output}");
            await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps a copy of the data of a server that was killed, as a backup of its disk would.</summary>
    public Task BackUpAsync() => CopyAsync("data", "backup");

    /// <summary>Puts the copy back, in place of the data of a server that was killed, and lets it grow before anything can connect.</summary>
    /// <param name="database">The database that <paramref name="statements"/> change.</param>
    /// <param name="statements">Each in one line.</param>
    public async Task RestoreAsync(string database, params string[] statements)
    {
        Directory.Delete(Path.Combine(_folder, "data"), recursive: true);
        await CopyAsync("backup", "data").ConfigureAwait(false);
        await RunAsOwnerAsync(_folder, "sh", "-c", "echo \"$0\" | \"$@\"", string.Join('\n', statements),
            Path.Combine(_bin, "postgres"), "--single", "-D", Path.Combine(_folder, "data"), "-c", "wal_level=logical", "-c", "max_replication_slots=100", database).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync().ConfigureAwait(false);
        Directory.Delete(_folder, recursive: true);
    }

    private Task CopyAsync(string from, string to) => RunAsOwnerAsync(_folder, "cp", "-a", Path.Combine(_folder, from), Path.Combine(_folder, to));

    /// <summary>Runs a program to its end, as the user that owns the data.</summary>
    private static async Task RunAsOwnerAsync(string folder, string program, params string[] arguments)
    {
        string[] command = [.. ServerProcess.As("postgres"), program, .. arguments];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token)).ConfigureAwait(false);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {string.Concat(output)}");
    }

    private async Task<bool> IsReadyAsync() =>
        await RunAsync(Path.Combine(_bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", $"{Port}").ConfigureAwait(false) == 0;

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }
}
