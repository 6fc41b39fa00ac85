using Microsoft.AspNetCore.Http.Features;

namespace HotShelf.Caching.AspNetCore;

/// <summary>Keeps what is written in memory, up to a limit. Beyond it, everything goes to the response; nothing does for <c>HEAD</c>.</summary>
internal sealed class BufferedBody(IHttpResponseBodyFeature response, bool isHead) : Stream
{
    /// <summary>The largest body that is kept, in bytes.</summary>
    public const int Limit = 1024 * 1024;

    private readonly MemoryStream _buffer = new();

    /// <summary>True when the body exceeded <see cref="Limit"/> and has gone to the response.</summary>
    public bool IsPassedThrough { get; private set; }

    /// <summary>The body, unless it was passed through.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.GetBuffer().AsMemory(0, (int)_buffer.Length);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsPassedThrough && _buffer.Length + buffer.Length <= Limit)
        {
            _buffer.Write(buffer.Span);
            return;
        }

        if (!IsPassedThrough)
        {
            IsPassedThrough = true;
            await SendAsync(Written, cancellationToken);
            _buffer.SetLength(0);
        }

        await SendAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => IsPassedThrough ? response.Stream.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override void Flush()
    {
    }

    // As Kestrel: a request's thread is never blocked by its client.
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write the response asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _buffer.Dispose();
        base.Dispose(disposing);
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        isHead ? ValueTask.CompletedTask : response.Stream.WriteAsync(bytes, cancellationToken);
}
