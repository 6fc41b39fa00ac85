namespace HotShelf.Caching.Internal.Frames;

/// <summary>The uncompressed payload of a frame: a part of it, or a pooled buffer until it is disposed.</summary>
internal readonly struct FramePayload : IDisposable
{
    private readonly byte[]? _rented;

    /// <param name="bytes">The payload, a part of the frame.</param>
    public FramePayload(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <param name="rented">A buffer of <see cref="BufferPool"/> that this payload returns.</param>
    /// <param name="length">The length of the payload in it.</param>
    public FramePayload(byte[] rented, int length) => (_rented, Bytes) = (rented, rented.AsMemory(0, length));

    public ReadOnlyMemory<byte> Bytes { get; }

    public void Dispose()
    {
        if (_rented is not null)
            BufferPool.Return(_rented);
    }
}
