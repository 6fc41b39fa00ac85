using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace HotShelf.Caching.Internal.Frames;

/// <summary>Parses a <see cref="Frame"/>. Never throws, whatever the bytes.</summary>
internal static class FrameReader
{
    public static FrameRejection TryRead(ReadOnlySpan<char> key, ReadOnlyMemory<byte> bytes, out Frame frame)
    {
        frame = default;
        var span = bytes.Span;
        if (span.Length < Frame.HeaderLength + Frame.ChecksumLength)
            return FrameRejection.TooShort;
        if (span[0] != 'H' || span[1] != 'S' || span[2] == 0)
            return FrameRejection.Foreign;
        if (span[2] > Frame.FormatVersion)
            return FrameRejection.NewerFormat;
        var body = span[..^Frame.ChecksumLength];
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[body.Length..]) != Crc32C.Compute(key, body))
            return FrameRejection.Corrupt;
        if (((FrameFlags)span[3] & ~FrameFlags.All) != 0)
            return FrameRejection.UnknownFlags;
        if (!TryReadTags(body, out var tags, out var at))
            return FrameRejection.Corrupt;

        frame = Decode(span, tags, bytes[at..body.Length]);
        return frame.RawLength < 0 || !frame.IsCompressed && frame.RawLength != frame.Payload.Length ? FrameRejection.Corrupt : FrameRejection.None;
    }

    /// <summary>Parses the first <see cref="Frame.HeaderLength"/> bytes or more without verification, tags and payload, to examine many entries. False when they are not the start of a frame.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> start, out Frame header)
    {
        header = default;
        if (start.Length < Frame.HeaderLength || Frame.FillIdOf(start) == 0)
            return false;
        header = Decode(start, [], default);
        return true;
    }

    /// <summary>The decompressed payload, which the caller disposes. <paramref name="limit"/> bounds the buffer for a manipulated length.</summary>
    public static FrameRejection TryReadPayload(in Frame frame, int limit, out FramePayload payload)
    {
        payload = new FramePayload(frame.Payload);
        if (frame.RawLength > limit)
            return FrameRejection.TooLarge;
        if (!frame.IsCompressed)
            return FrameRejection.None;
        payload = new FramePayload(BufferPool.Rent(frame.RawLength), frame.RawLength);
        if (BrotliDecoder.TryDecompress(frame.Payload.Span, MemoryMarshal.AsMemory(payload.Bytes).Span, out var written) && written == frame.RawLength)
            return FrameRejection.None;
        payload.Dispose();
        payload = default;
        return FrameRejection.Corrupt;
    }

    private static Frame Decode(ReadOnlySpan<byte> start, TagStamp[] tags, ReadOnlyMemory<byte> payload) => new()
    {
        Flags = (FrameFlags)start[3],
        FillId = BinaryPrimitives.ReadInt64LittleEndian(start[4..]),
        Created = BinaryPrimitives.ReadInt64LittleEndian(start[12..]),
        FreshUntil = BinaryPrimitives.ReadInt64LittleEndian(start[20..]),
        StaleUntil = BinaryPrimitives.ReadInt64LittleEndian(start[28..]),
        Shape = BinaryPrimitives.ReadUInt64LittleEndian(start[36..]),
        Stamps = new Stamps(BinaryPrimitives.ReadInt64LittleEndian(start[44..]), BinaryPrimitives.ReadInt64LittleEndian(start[52..]), tags),
        Version = ((FrameFlags)start[3] & FrameFlags.Versioned) != 0 && start.Length >= Frame.VersionedHeaderLength ? BinaryPrimitives.ReadInt64LittleEndian(start[Frame.HeaderLength..]) : 0,
        RawLength = BinaryPrimitives.ReadInt32LittleEndian(start[60..]),
        Payload = payload,
    };

    private static bool TryReadTags(ReadOnlySpan<byte> body, out TagStamp[] tags, out int at)
    {
        var count = BinaryPrimitives.ReadUInt16LittleEndian(body[64..]);
        at = ((FrameFlags)body[3] & FrameFlags.Versioned) != 0 ? Frame.VersionedHeaderLength : Frame.HeaderLength;
        tags = count == 0 ? [] : new TagStamp[count];
        if (body.Length < at)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (body.Length - at < sizeof(ushort))
                return false;
            var named = BinaryPrimitives.ReadUInt16LittleEndian(body[at..]);
            at += sizeof(ushort);
            if (body.Length - at < named + sizeof(long))
                return false;
            tags[i] = new TagStamp(Encoding.UTF8.GetString(body.Slice(at, named)), BinaryPrimitives.ReadInt64LittleEndian(body[(at + named)..]));
            at += named + sizeof(long);
        }

        return true;
    }
}
