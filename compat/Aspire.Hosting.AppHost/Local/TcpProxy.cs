using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Local;

/// <summary>
/// One address for the replicas of a service: each connection goes to the next replica that is healthy, or, when none is, to one that runs. A replica
/// that refuses the connection is passed over.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferSize = 32 * 1024;
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _listeners;
    private readonly Task[] _loops;
    private volatile int[] _targets = [];
    private uint _next;

    private TcpProxy(int port, List<Socket> listeners)
    {
        Port = port;
        _listeners = listeners;
        _loops = [.. listeners.Select(AcceptAsync)];
    }

    public int Port { get; }

    /// <summary>Binds the port now, so that nobody else can take it. Throws <see cref="SocketException"/> when somebody has.</summary>
    public static TcpProxy Listen(int port) => new(port, Ports.Listen(port));

    /// <summary>The ports that new connections are spread over; established connections stay where they are.</summary>
    public void SetTargets(int[] ports) => _targets = ports;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var listener in _listeners)
            listener.Dispose();
        await Task.WhenAll(_loops).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = ServeAsync(client, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // A client that left before it was accepted, or the end: the loop's condition tells them apart.
                if (exception is ObjectDisposedException)
                    return;
            }
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        Socket? server = null;
        try
        {
            client.NoDelay = true;
            server = await ConnectAsync(stop).ConfigureAwait(false);
            if (server is null)
            {
                // Nobody to serve it: a reset says so at once, where a silent close would look like an empty answer.
                client.LingerState = new LingerOption(true, 0);
                return;
            }

            await Task.WhenAll(PumpAsync(client, server, stop), PumpAsync(server, client, stop)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone: closing both is all there is to do.
        }
        finally
        {
            client.Dispose();
            server?.Dispose();
        }
    }

    private async Task<Socket?> ConnectAsync(CancellationToken stop)
    {
        var targets = _targets;
        var first = Interlocked.Increment(ref _next);
        for (var i = 0; i < targets.Length; i++)
        {
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                limit.CancelAfter(s_connectTimeout);
                await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, targets[(first + (uint)i) % (uint)targets.Length]), limit.Token).ConfigureAwait(false);
                return server;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException && !stop.IsCancellationRequested)
            {
                server.Dispose();
            }
        }

        return null;
    }

    private static async Task PumpAsync(Socket from, Socket to, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer, SocketFlags.None, stop).ConfigureAwait(false);
                if (read == 0)
                    break;
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None, stop).ConfigureAwait(false);
            }

            // The other direction may still have something to say.
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // A broken side ends both directions: the other pump would otherwise wait for ever.
            from.Dispose();
            to.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
