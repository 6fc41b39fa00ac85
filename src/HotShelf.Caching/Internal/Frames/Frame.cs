namespace HotShelf.Caching.Internal.Frames;

/// <summary>
/// The stored form of one value in Redis. Format 1, all numbers little-endian, times in Unix milliseconds of the server's clock:
/// <code>
///  0  2  magic "HS"
///  2  1  format version, 1
///  3  1  flags (FrameFlags)
///  4  8  fill id: random, new with each write of the entry
/// 12  8  created
/// 20  8  fresh until (long.MaxValue: no expiry)
/// 28  8  stale until (long.MaxValue: no expiry)
/// 36  8  shape: fingerprint of the value's type
/// 44  8  the latest removal of everything that precedes the fill, server time in µs
/// 52  8  the same for the family
/// 60  4  length of the payload before compression
/// 64  2  number of tags
/// 66  8  the origin's version of the value; only with FrameFlags.Versioned
///  …     for each tag: 2 length of its UTF-8 name, the name, 8 the same for the tag
///  …     payload
/// -4  4  CRC-32C of the key (UTF-16) and of all preceding bytes
/// </code>
/// The key is part of the checksum, so a frame copied to another key is rejected like a damaged one.
/// </summary>
internal readonly struct Frame
{
    public const byte FormatVersion = 1;
    public const int HeaderLength = 66;
    public const int ChecksumLength = 4;

    /// <summary>The number of leading bytes that identify a write: enough for <see cref="FillIdOf"/>.</summary>
    public const int IdentityLength = 12;

    /// <summary>The number of leading bytes that contain the version of a versioned frame.</summary>
    public const int VersionedHeaderLength = HeaderLength + sizeof(long);

    public required FrameFlags Flags { get; init; }
    public required long FillId { get; init; }
    public required long Created { get; init; }
    public required long FreshUntil { get; init; }
    public required long StaleUntil { get; init; }
    public required ulong Shape { get; init; }
    public required Stamps Stamps { get; init; }

    /// <summary>The origin's version of the value; 0 when it is not known.</summary>
    public long Version { get; init; }

    public required int RawLength { get; init; }
    public required ReadOnlyMemory<byte> Payload { get; init; }

    public bool IsNull => (Flags & FrameFlags.Null) != 0;

    public bool IsCompressed => (Flags & FrameFlags.Compressed) != 0;

    /// <summary>The fill id in the first bytes of a frame; 0 when they are not the start of a frame.</summary>
    public static long FillIdOf(ReadOnlySpan<byte> start) =>
        start.Length >= IdentityLength && start[0] == 'H' && start[1] == 'S' && start[2] == FormatVersion
            ? System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(start[4..]) : 0;
}

[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>The payload is Brotli-compressed.</summary>
    Compressed = 1,

    /// <summary>The value is null; the payload is empty.</summary>
    Null = 2,

    /// <summary>The frame contains the origin's version of the value.</summary>
    Versioned = 4,

    All = Compressed | Null | Versioned,
}

/// <summary>Why a frame was rejected; each is counted as a miss.</summary>
internal enum FrameRejection
{
    None,
    TooShort,
    Foreign,
    NewerFormat,
    UnknownFlags,
    Corrupt,
    OtherShape,
    TooLarge,
    NotDeserializable,
}

/// <summary>The position among removed tags at which an entry's fill began: the entry is valid while none of its tags has a later removal.</summary>
/// <param name="Everything">The position for <c>"*"</c>.</param>
/// <param name="Family">The position for the key's family.</param>
/// <param name="Tags">The positions for the entry's tags.</param>
internal readonly record struct Stamps(long Everything, long Family, TagStamp[] Tags)
{
    /// <summary>The stamps of a fill that began after all removals up to <paramref name="position"/>.</summary>
    public static Stamps At(long position, string[] tags) => new(position, position, tags.Length == 0 ? [] : Stamped(tags, position));

    private static TagStamp[] Stamped(string[] tags, long position) => Array.ConvertAll(tags, tag => new TagStamp(tag, position));
}

/// <param name="Tag">The tag's name.</param>
/// <param name="Stamp">The latest removal that precedes the fill, server time in microseconds.</param>
internal readonly record struct TagStamp(string Tag, long Stamp);
