using System.Buffers.Binary;
using System.Text;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Tests.Frames;

/// <summary>The wire format: what was written stays readable, and whatever else lies there is refused without an exception.</summary>
public sealed class FrameTests
{
    private const string Key = "product:42";

    internal static Frame Sample(string text, FrameFlags flags = FrameFlags.None, params TagStamp[] tags) => new()
    {
        Flags = flags,
        FillId = 0x0102030405060708,
        Created = 1_700_000_000_000,
        FreshUntil = 1_700_000_300_000,
        StaleUntil = flags == FrameFlags.Null ? long.MaxValue : 1_700_000_600_000,
        Shape = 0xfeedbeef,
        Stamps = new Stamps(11, 22, tags),
        RawLength = Encoding.UTF8.GetByteCount(text),
        Payload = Encoding.UTF8.GetBytes(text),
    };

    public static TheoryData<string> Names => ["format1-plain", "format1-tags", "format1-null", "format1-compressed", "format1-empty", "format1-versioned"];

    private static Frame Expected(string name) => name switch
    {
        "format1-plain" => Sample("value"),
        "format1-tags" => Sample("value", FrameFlags.None, new TagStamp("category:audio", 33), new TagStamp("ü", 44)),
        "format1-null" => Sample("", FrameFlags.Null),
        "format1-compressed" => Sample(new string('x', 2000)),
        "format1-versioned" => Sample("value", FrameFlags.None, new TagStamp("category:audio", 33)) with { Version = 0x7766554433221100 },
        _ => Sample(""),
    };

    private static byte[] Golden(string name)
    {
        using var stream = typeof(FrameTests).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the golden file {name}.frame is missing");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_GoldenFile_GivesWhatWasWritten(string name)
    {
        var expected = Expected(name);
        Assert.Equal(FrameRejection.None, FrameReader.TryRead(Key, Golden(name), out var frame));
        Assert.Equal(
            (expected.FillId, expected.Created, expected.FreshUntil, expected.StaleUntil, expected.Shape, expected.RawLength, expected.IsNull),
            (frame.FillId, frame.Created, frame.FreshUntil, frame.StaleUntil, frame.Shape, frame.RawLength, frame.IsNull));
        Assert.Equal((expected.Stamps.Everything, expected.Stamps.Family, expected.Version), (frame.Stamps.Everything, frame.Stamps.Family, frame.Version));
        Assert.Equal(expected.Stamps.Tags, frame.Stamps.Tags);
        Assert.Equal(FrameRejection.None, FrameReader.TryReadPayload(frame, 1 << 20, out var payload));
        Assert.Equal(expected.Payload.ToArray(), payload.Bytes.ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_UncompressedFrame_GivesTheGoldenBytes(string name)
    {
        var written = FrameWriter.Write(Key, Expected(name), compressionThreshold: 1024).ToArray();
        // The bytes of a compressed payload are the runtime's affair; that they can be read is tested above.
        if (name.EndsWith("compressed", StringComparison.Ordinal))
            Assert.Equal(Golden(name)[..Frame.HeaderLength], written[..Frame.HeaderLength]);
        else
            Assert.Equal(Golden(name), written);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_EveryTruncation_IsRejected(string name)
    {
        var whole = Golden(name);
        for (var length = 0; length < whole.Length; length++)
            Assert.NotEqual(FrameRejection.None, FrameReader.TryRead(Key, whole.AsMemory(0, length), out _));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryRead_EverySingleBitFlip_IsRejected(string name)
    {
        var whole = Golden(name);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var flipped = whole.ToArray();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(FrameRejection.None, FrameReader.TryRead(Key, flipped, out _));
        }
    }

    [Fact]
    public void TryRead_FrameOfAnotherKey_IsRejected() =>
        Assert.Equal(FrameRejection.Corrupt, FrameReader.TryRead("product:43", Golden("format1-plain"), out _));

    [Fact]
    public void TryRead_NewerFormat_IsRejectedAsNewer()
    {
        var newer = Golden("format1-plain");
        newer[2] = 2;
        Assert.Equal(FrameRejection.NewerFormat, FrameReader.TryRead(Key, newer, out _));
    }

    [Theory]
    [InlineData(3, 0x80, FrameRejection.UnknownFlags)]
    [InlineData(60, 0x7f, FrameRejection.Corrupt)]
    [InlineData(64, 0xff, FrameRejection.Corrupt)]
    internal void TryRead_HostileNumber_WithRightChecksum_IsRejected(int at, byte value, FrameRejection expected)
    {
        var frame = Golden("format1-plain");
        frame[at] = value;
        Assert.Equal(expected, FrameReader.TryRead(Key, Sealed(frame), out _));
    }

    [Fact]
    public void TryReadPayload_LengthBeyondTheLimit_AllocatesNothing()
    {
        var frame = Golden("format1-compressed");
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(60), int.MaxValue);
        Assert.Equal(FrameRejection.None, FrameReader.TryRead(Key, Sealed(frame), out var read));
        Assert.Equal(FrameRejection.TooLarge, FrameReader.TryReadPayload(read, 1 << 20, out _));
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(60), 1999);
        Assert.Equal(FrameRejection.None, FrameReader.TryRead(Key, Sealed(frame), out read));
        Assert.Equal(FrameRejection.Corrupt, FrameReader.TryReadPayload(read, 1 << 20, out _));
    }

    [Fact]
    public void TryRead_RandomBytes_NeverThrows()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 200)];
            random.NextBytes(bytes);
            if (bytes.Length > 3)
                (bytes[0], bytes[1], bytes[2], bytes[3]) = ((byte)'H', (byte)'S', 1, (byte)(bytes[3] & 7));
            if (bytes.Length > Frame.HeaderLength + 4)
                bytes = Sealed(bytes);
            if (FrameReader.TryRead(Key, bytes, out var frame) == FrameRejection.None)
                FrameReader.TryReadPayload(frame, 1 << 16, out _);
        }
    }

    private static byte[] Sealed(byte[] frame)
    {
        var body = frame.AsSpan(..^4);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(body.Length), Crc32C.Compute(Key, body));
        return frame;
    }
}
