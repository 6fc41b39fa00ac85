using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace HotShelf.Load;

/// <summary>One kept-alive HTTP/1.1 connection: sends bytes made beforehand and reads one answer at a time, with as little work as can be, because it shares the machine with the server.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];

    public ValueTask ConnectAsync(IPEndPoint server) => _socket.ConnectAsync(server, CancellationToken.None);

    /// <summary>Sends one request many times, each when the answer to the one before is there.</summary>
    public async Task SendAsync(byte[] request, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await _socket.SendAsync(request);
            if (await ReceiveAsync() is var status and not (200 or 304))
                throw new InvalidOperationException($"The server answered {status}.");
        }
    }

    public async Task RunAsync(IPEndPoint server, Func<int, byte[]> request, Latencies latencies, CancellationToken until)
    {
        await _socket.ConnectAsync(server, CancellationToken.None);
        for (var number = 0; !until.IsCancellationRequested; number++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            await _socket.SendAsync(request(number));
            var status = await ReceiveAsync();
            latencies.Add(Stopwatch.GetElapsedTime(startedAt), status is 200 or 304);
        }
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<int> ReceiveAsync()
    {
        var filled = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
            if (read == 0)
                throw new IOException("The server closed a connection in the middle of an answer.");
            filled += read;
            if (TryMeasure(_buffer.AsSpan(0, filled), out var status, out var length) && filled >= length)
                return status;
        }
    }

    // "HTTP/1.1 200 ..." to the blank line, then Content-Length bytes; every answer of the API has one, except 304.
    private static bool TryMeasure(ReadOnlySpan<byte> received, out int status, out int length)
    {
        status = length = 0;
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        status = ((received[9] - '0') * 100) + ((received[10] - '0') * 10) + received[11] - '0';
        length = end + 4;
        var head = received[..end];
        if (head.IndexOf("Content-Length: "u8) is >= 0 and var start && System.Buffers.Text.Utf8Parser.TryParse(head[(start + 16)..], out int body, out _))
            length += body;
        return true;
    }
}
