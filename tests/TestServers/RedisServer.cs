using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HotShelf.TestServers;

/// <summary>A real Redis server on a free loopback port, without persistence, gone with the test.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _program;
    private readonly string[] _settings;
    private ServerProcess? _process;
    private Socket? _reserved;

    private RedisServer(string program, int port, string[] settings)
    {
        _program = program;
        _settings = settings;
        Port = port;
    }

    /// <summary>The server's process.</summary>
    public int ProcessId => _process!.ProcessId;

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What StackExchange.Redis connects to; for a server without a password.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false";

    /// <summary>Why tests must skip (no Redis here and not on CI); null when they can run.</summary>
    public static string? Missing =>
        Programs.RedisServer is not null || Programs.IsCI ? null : "redis-server is not installed: './dev test' installs it, or install the package redis-server";

    /// <summary>Starts a server with the default settings and <paramref name="settings"/> after them, such as <c>"--maxmemory", "1mb"</c>.</summary>
    public static async Task<RedisServer> StartAsync(params string[] settings)
    {
        var program = Programs.RedisServer ?? throw new InvalidOperationException("redis-server is not installed, and CI=true does not allow to skip");
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(program, ServerProcess.FreePort(), settings);
            try
            {
                await server.RestartAsync().ConfigureAwait(false);
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                // Another process took the port between choosing and binding it.
                await server.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Kills the server at once (SIGKILL): every connection breaks and every key is lost. Its port stays its own, so that no other test's server is taken for it.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        await _process.KillAsync().ConfigureAwait(false);
        await ReserveAsync().ConfigureAwait(false);
    }

    /// <summary>Freezes the server (SIGSTOP): connections stay open and nothing answers.</summary>
    public Task PauseAsync() => _process!.SignalAsync("STOP");

    /// <summary>Lets a frozen server go on (SIGCONT).</summary>
    public Task ResumeAsync() => _process!.SignalAsync("CONT");

    /// <summary>Starts the server again on the same port, empty unless it has saved its data, and returns when it answers.</summary>
    public async Task RestartAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync().ConfigureAwait(false);
        Release();
        _process = await ServerProcess.StartAsync(_program,
            ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--dbfilename", $"hotshelf-test-{Port}.rdb", "--appendonly", "no", "--daemonize", "no", "--enable-debug-command", "local", .. _settings]).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await AnswersAsync(limit.Token).ConfigureAwait(false))
        {
            if (!_process.IsRunning || limit.IsCancellationRequested)
                throw new InvalidOperationException($"redis-server on port {Port} did not start: {_process.Output}");
            await Task.Delay(10, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one inline command over a connection of its own and returns the raw answer, as <c>redis-cli</c> would.</summary>
    public Task<string> CommandAsync(string command, CancellationToken cancellationToken = default) => SendAsync(Port, command, cancellationToken);

    /// <summary>As above, to whatever speaks the protocol at a port of this machine; empty while nothing listens there.</summary>
    public static async Task<string> CommandAsync(int port, string command)
    {
        try
        {
            return await SendAsync(port, command, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return "";
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync().ConfigureAwait(false);
        Release();
    }

    // Bound and not listening: connections are refused, as by a server that is gone.
    private async Task ReserveAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_reserved is null)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, Port));
                _reserved = socket;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse && !limit.IsCancellationRequested)
            {
                // A process that ends closes its output, by which we know of its end, before its sockets.
                socket.Dispose();
                await Task.Delay(1, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Release()
    {
        _reserved?.Dispose();
        _reserved = null;
    }

    private static async Task<string> SendAsync(int port, string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken).ConfigureAwait(false);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellationToken).ConfigureAwait(false);
        var buffer = new byte[64 * 1024];
        var read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await CommandAsync("PING", cancellationToken).ConfigureAwait(false);
            return answer.StartsWith('+') || answer.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
