using System.Buffers;

namespace HotShelf.Caching.Redis;

/// <summary>An array where pooled memory may be.</summary>
internal sealed class Unpooled(byte[] bytes) : IMemoryOwner<byte>
{
    public Memory<byte> Memory => bytes;

    public void Dispose()
    {
    }
}
