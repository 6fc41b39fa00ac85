using System.Buffers;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Internal.Values;

/// <summary>A growing buffer of <see cref="BufferPool"/>, returned on dispose.</summary>
internal sealed class PooledBufferWriter : IBufferWriter<byte>, IDisposable
{
    private const int Smallest = 1024;

    private byte[] _buffer = [];
    private int _written;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _written);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _written), nameof(count));
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_written);
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        _written = 0;
        BufferPool.Return(buffer);
    }

    private void Reserve(int sizeHint)
    {
        var wanted = Math.Max(sizeHint, 1);
        if (_buffer.Length - _written >= wanted)
            return;
        var larger = BufferPool.Rent(Math.Max(checked(_written + wanted), Math.Max(Smallest, _buffer.Length * 2)));
        Written.CopyTo(larger);
        BufferPool.Return(_buffer);
        _buffer = larger;
    }
}
