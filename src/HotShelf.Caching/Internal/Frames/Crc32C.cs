using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace HotShelf.Caching.Internal.Frames;

/// <summary>CRC-32C (Castagnoli, RFC 3720 section B.4); uses the processor's instruction where available.</summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<char> key, ReadOnlySpan<byte> frame) =>
        ~Append(Append(uint.MaxValue, MemoryMarshal.AsBytes(key)), frame);

    private static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
