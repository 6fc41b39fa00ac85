using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Aspire.Hosting.Publishing;

/// <summary>XXH32 with seed 0 over UTF-8: the manifest's names for conditional values carry it.</summary>
internal static class XxHash32
{
    private const uint Prime1 = 2654435761, Prime2 = 2246822519, Prime3 = 3266489917, Prime4 = 668265263, Prime5 = 374761393;

    public static uint Of(string text)
    {
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
        var length = (uint)bytes.Length;
        uint hash;
        if (bytes.Length >= 16)
        {
            uint a = unchecked(Prime1 + Prime2), b = Prime2, c = 0, d = unchecked(0 - Prime1);
            for (; bytes.Length >= 16; bytes = bytes[16..])
            {
                a = Round(a, bytes);
                b = Round(b, bytes[4..]);
                c = Round(c, bytes[8..]);
                d = Round(d, bytes[12..]);
            }

            hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        }
        else
        {
            hash = Prime5;
        }

        hash += length;
        for (; bytes.Length >= 4; bytes = bytes[4..])
            hash = BitOperations.RotateLeft(hash + BinaryPrimitives.ReadUInt32LittleEndian(bytes) * Prime3, 17) * Prime4;
        foreach (var rest in bytes)
            hash = BitOperations.RotateLeft(hash + rest * Prime5, 11) * Prime1;
        hash = (hash ^ (hash >> 15)) * Prime2;
        hash = (hash ^ (hash >> 13)) * Prime3;
        return hash ^ (hash >> 16);
    }

    private static uint Round(uint accumulator, ReadOnlySpan<byte> lane) =>
        BitOperations.RotateLeft(accumulator + BinaryPrimitives.ReadUInt32LittleEndian(lane) * Prime2, 13) * Prime1;
}
