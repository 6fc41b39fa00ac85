using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>A server that answers each command by a script: for what no real server at hand says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<string, string?> _answer;
    private Task _loop = Task.CompletedTask;

    private ScriptedServer(Func<string, string?> answer) => _answer = answer;

    public EndPoint EndPoint => _listener.LocalEndpoint;

    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Starts it; the script gets a command's words with spaces between them, and gives the answer, or null to hang up.</summary>
    public static Task<ScriptedServer> StartAsync(Func<string, string?> answer)
    {
        var server = new ScriptedServer(answer);
        server._listener.Start();
        server._loop = Task.Run(server.AcceptAsync);
        return Task.FromResult(server);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using var client = accepted;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
            while (await reader.ReadLineAsync(_stopping.Token) is ['*', .. var count])
            {
                var words = new List<string>();
                for (var index = 0; index < int.Parse(count, System.Globalization.CultureInfo.InvariantCulture); index++)
                {
                    await reader.ReadLineAsync(_stopping.Token);
                    words.Add(await reader.ReadLineAsync(_stopping.Token) ?? "");
                }

                var command = string.Join(' ', words);
                Commands.Enqueue(command);
                if (_answer(command) is not { } answer)
                    return;
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer), _stopping.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Stopped, or the client hung up.
        }
    }
}
