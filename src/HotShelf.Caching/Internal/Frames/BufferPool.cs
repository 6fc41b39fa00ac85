using System.Buffers;
using System.Runtime.InteropServices;

namespace HotShelf.Caching.Internal.Frames;

/// <summary>
/// The pool of the buffers that frames and payloads are written to and decompressed into. A buffer is returned only when it is not read any more; otherwise, as after a time-out of the
/// command that sends it, it is left to the garbage collector.
/// </summary>
internal static class BufferPool
{
    /// <summary>Tests exchange it, to see that returned buffers are not read.</summary>
    public static ArrayPool<byte> Shared { get; set; } = ArrayPool<byte>.Shared;

    public static byte[] Rent(int length) => length == 0 ? [] : Shared.Rent(length);

    public static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
            Shared.Return(buffer);
    }

    /// <summary>Returns the buffer under a rented part of it.</summary>
    public static void Return(ReadOnlyMemory<byte> rented)
    {
        if (MemoryMarshal.TryGetArray(rented, out var part))
            Return(part.Array!);
    }
}
