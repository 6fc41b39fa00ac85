using CsCheck;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Tests.Properties;

/// <summary>What holds for every frame, and for every damage to one.</summary>
public class FrameProperties
{
    private static readonly Gen<string> s_key = Gen.String[1, 60];

    private static readonly Gen<Frame> s_frame =
        from fillId in Gen.Long
        from times in Gen.Select(Gen.Long, Gen.Long, Gen.Long)
        from shape in Gen.ULong
        from version in Gen.OneOf(Gen.Const(0L), Gen.Long[1, long.MaxValue])
        from everything in Gen.Long
        from family in Gen.Long
        from tags in Gen.Select(Gen.String[Gen.Char['a', '\u07ff'], 1, 40], Gen.Long, static (tag, stamp) => new TagStamp(tag, stamp)).Array[0, 5]
        from payload in Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Byte[0, 3].Array[1000, 5000])
        from isNull in Gen.Bool
        select new Frame
        {
            Flags = isNull ? FrameFlags.Null : FrameFlags.None,
            FillId = fillId,
            Created = times.Item1,
            FreshUntil = times.Item2,
            StaleUntil = times.Item3,
            Shape = shape,
            Version = version,
            Stamps = new Stamps(everything, family, tags),
            RawLength = isNull ? 0 : payload.Length,
            Payload = isNull ? default : payload,
        };

    [Fact]
    public void WrittenFrame_IsReadAsItWas() => Gen.Select(s_key, s_frame).Sample((key, frame) =>
    {
        Assert.Equal(FrameRejection.None, FrameReader.TryRead(key, FrameWriter.Write(key, frame, compressionThreshold: 1024), out var read));
        Assert.Equal(FrameRejection.None, FrameReader.TryReadPayload(read, 1 << 20, out var payload));
        Assert.Equal(frame.Payload.ToArray(), payload.Bytes.ToArray());
        Assert.Equal(frame.Stamps.Tags, read.Stamps.Tags);
        Assert.Equal(
            (frame.FillId, frame.Created, frame.FreshUntil, frame.StaleUntil, frame.Shape, frame.Version, frame.Stamps.Everything, frame.Stamps.Family, frame.IsNull, frame.RawLength),
            (read.FillId, read.Created, read.FreshUntil, read.StaleUntil, read.Shape, read.Version, read.Stamps.Everything, read.Stamps.Family, read.IsNull, read.RawLength));
    });

    [Fact]
    public void DamagedFrame_IsRejected() => Gen.Select(s_key, s_frame, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((key, frame, at, damage) =>
    {
        var bytes = FrameWriter.Write(key, frame, compressionThreshold: 1024).ToArray();
        bytes[at % bytes.Length] ^= damage;
        Assert.NotEqual(FrameRejection.None, FrameReader.TryRead(key, bytes, out _));
    });

    [Fact]
    public void FrameOfAnotherKey_IsRejected() => Gen.Select(s_key, s_key, s_frame).Where(static (key, other, _) => key != other).Sample((key, other, frame) =>
        Assert.NotEqual(FrameRejection.None, FrameReader.TryRead(other, FrameWriter.Write(key, frame, compressionThreshold: 1024), out _)));
}
