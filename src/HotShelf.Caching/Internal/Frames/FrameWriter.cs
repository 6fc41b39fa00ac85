using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace HotShelf.Caching.Internal.Frames;

/// <summary>Writes a <see cref="Frame"/>.</summary>
internal static class FrameWriter
{
    /// <summary>Writes <paramref name="frame"/> around its raw (uncompressed) payload, compressing it above <paramref name="compressionThreshold"/> bytes when that saves at least a fifth. The bytes are in a buffer of <see cref="BufferPool"/>.</summary>
    public static ReadOnlyMemory<byte> Write(string key, in Frame frame, int compressionThreshold)
    {
        var payload = frame.Payload.Span;
        var flags = frame.Flags & ~(FrameFlags.Compressed | FrameFlags.Versioned);
        if (frame.Version != 0)
            flags |= FrameFlags.Versioned;
        byte[]? rented = null;
        try
        {
            if (payload.Length > compressionThreshold)
            {
                var limit = payload.Length - payload.Length / 5;
                rented = BufferPool.Rent(limit);
                // Quality 1: a third of the time of the default, with nearly the same ratio for JSON.
                if (BrotliEncoder.TryCompress(payload, rented.AsSpan(0, limit), out var written, quality: 1, window: 18))
                {
                    payload = rented.AsSpan(0, written);
                    flags |= FrameFlags.Compressed;
                }
            }

            return Assemble(key, frame, flags, payload);
        }
        finally
        {
            if (rented is not null)
                BufferPool.Return(rented);
        }
    }

    private static ReadOnlyMemory<byte> Assemble(string key, in Frame frame, FrameFlags flags, ReadOnlySpan<byte> payload)
    {
        var tags = frame.Stamps.Tags;
        var isVersioned = (flags & FrameFlags.Versioned) != 0;
        var at = isVersioned ? Frame.VersionedHeaderLength : Frame.HeaderLength;
        var length = at + payload.Length + Frame.ChecksumLength;
        foreach (var (tag, _) in tags)
            length += sizeof(ushort) + Encoding.UTF8.GetByteCount(tag) + sizeof(long);

        var bytes = BufferPool.Rent(length);
        var span = bytes.AsSpan(0, length);
        span[0] = (byte)'H';
        span[1] = (byte)'S';
        span[2] = Frame.FormatVersion;
        span[3] = (byte)flags;
        BinaryPrimitives.WriteInt64LittleEndian(span[4..], frame.FillId);
        BinaryPrimitives.WriteInt64LittleEndian(span[12..], frame.Created);
        BinaryPrimitives.WriteInt64LittleEndian(span[20..], frame.FreshUntil);
        BinaryPrimitives.WriteInt64LittleEndian(span[28..], frame.StaleUntil);
        BinaryPrimitives.WriteUInt64LittleEndian(span[36..], frame.Shape);
        BinaryPrimitives.WriteInt64LittleEndian(span[44..], frame.Stamps.Everything);
        BinaryPrimitives.WriteInt64LittleEndian(span[52..], frame.Stamps.Family);
        BinaryPrimitives.WriteInt32LittleEndian(span[60..], frame.RawLength);
        BinaryPrimitives.WriteUInt16LittleEndian(span[64..], checked((ushort)tags.Length));
        if (isVersioned)
            BinaryPrimitives.WriteInt64LittleEndian(span[Frame.HeaderLength..], frame.Version);
        foreach (var (tag, stamp) in tags)
        {
            var named = Encoding.UTF8.GetBytes(tag, span[(at + sizeof(ushort))..]);
            BinaryPrimitives.WriteUInt16LittleEndian(span[at..], checked((ushort)named));
            at += sizeof(ushort) + named;
            BinaryPrimitives.WriteInt64LittleEndian(span[at..], stamp);
            at += sizeof(long);
        }

        payload.CopyTo(span[at..]);
        at += payload.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(span[at..], Crc32C.Compute(key, span[..at]));
        return bytes.AsMemory(0, length);
    }
}
