using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>One RESP3 connection: runs one command at a time, and passes pushes to <see cref="PushDispatcher"/> as they arrive.</summary>
internal sealed partial class TrackingConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly TrackingOptions _options;
    private readonly TimeProvider _time;
    private readonly PushDispatcher _pushes;
    private readonly CancellationTokenSource _closing = new();

    private TrackingConnection(Stream stream, EndPoint endPoint, TrackingOptions options, ITrackingHandler? handler, TimeProvider time)
    {
        _stream = stream;
        _input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 1024));
        _options = options;
        _time = time;
        _pushes = new PushDispatcher(handler);
        EndPoint = endPoint;
        Completion = Task.Run(ReadAsync);
    }

    /// <summary>The connected server.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>Completes when the connection ends; never faults.</summary>
    public Task Completion { get; }

    /// <summary>Connects, with TLS when configured.</summary>
    /// <exception cref="TimeoutException">It took longer than <see cref="TrackingOptions.ConnectTimeout"/>.</exception>
    public static async Task<TrackingConnection> ConnectAsync(
        EndPoint endPoint, TrackingOptions options, ITrackingHandler? handler, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(options.ConnectTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        Stream? stream = null;
        try
        {
            stream = await OpenAsync(endPoint, options, limit.Token).ConfigureAwait(false);
            if (options.Tls is { } tls)
                stream = await EncryptAsync(stream, tls(HostOf(endPoint)), limit.Token).ConfigureAwait(false);
            return new TrackingConnection(stream, endPoint, options, handler, time);
        }
        catch (Exception exception)
        {
            if (stream is not null)
                await stream.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"not connected within {options.ConnectTimeout.TotalSeconds:0.###} s"), exception);
            throw;
        }
    }

    /// <summary>Closes the connection and waits until the handler is no longer called.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
        _closing.Dispose();
    }

    private static async Task<Stream> OpenAsync(EndPoint endPoint, TrackingOptions options, CancellationToken cancellationToken)
    {
        var socket = endPoint.AddressFamily is AddressFamily.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            options.BeforeConnect?.Invoke(endPoint, socket);
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> EncryptAsync(Stream stream, SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var encrypted = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await encrypted.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return encrypted;
        }
        catch
        {
            await encrypted.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string HostOf(EndPoint endPoint) => endPoint switch
    {
        DnsEndPoint dns => dns.Host,
        IPEndPoint ip => ip.Address.ToString(),
        _ => "",
    };

    private static ArrayBufferWriter<byte> Encode(ReadOnlySpan<string> words)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{words.Length}\r\n"), output);
        foreach (var word in words)
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n"), output);
        return output;
    }
}
