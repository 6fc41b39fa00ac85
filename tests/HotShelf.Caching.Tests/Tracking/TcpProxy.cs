using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>A network between the listener and its server that can be slow, or silent as a pulled cable is: connected, and nothing comes through.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private volatile int _target;
    private readonly int _chunk;
    private readonly Task _loop;
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private volatile bool _isSilent;

    /// <summary>Starts it; at most <paramref name="chunk"/> bytes are sent at a time.</summary>
    public TcpProxy(int target, int chunk = 16 * 1024)
    {
        (_target, _chunk) = (target, chunk);
        _listener.Start();
        _loop = AcceptAsync();
    }

    /// <summary>The port that connections from now on lead to.</summary>
    public int Target
    {
        get => _target;
        set => _target = value;
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>True: takes everything and passes nothing on.</summary>
    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value;
    }

    /// <summary>Breaks every connection, with whatever is on its way.</summary>
    public void Cut()
    {
        foreach (var client in _clients.Keys)
            client.Client.Close(timeout: 0);
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

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                client.NoDelay = true;
                _clients.TryAdd(client, true);
                await server.ConnectAsync(IPAddress.Loopback, _target, _stopping.Token);
                await Task.WhenAny(PassAsync(client, server), PassAsync(server, client));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
            {
                // Stopped or cut, or the server is away.
            }
            finally
            {
                _clients.TryRemove(client, out _);
            }
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to)
    {
        try
        {
            var buffer = new byte[_chunk];
            while (await from.GetStream().ReadAsync(buffer, _stopping.Token) is > 0 and var length)
            {
                if (!_isSilent)
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, length), _stopping.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One side ended; so does the other.
        }
    }
}
