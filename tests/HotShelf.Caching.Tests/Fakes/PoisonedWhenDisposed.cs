using System.Buffers;

namespace HotShelf.Caching.Tests.Fakes;

/// <summary>A pooled frame whose bytes change as soon as it is returned, so that a reader that is late is noticed.</summary>
internal sealed class PoisonedWhenDisposed(byte[] frame) : IMemoryOwner<byte>
{
    private int _disposed;

    public Memory<byte> Memory => Volatile.Read(ref _disposed) == 0 ? frame : throw new ObjectDisposedException(nameof(PoisonedWhenDisposed));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            frame.AsSpan().Fill(0xDB);
    }
}
