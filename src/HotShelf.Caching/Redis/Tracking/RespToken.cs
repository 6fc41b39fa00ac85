using System.Buffers;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>The kinds of RESP2 and RESP3 values, without attributes, which <see cref="RespReader"/> skips.</summary>
internal enum RespKind : byte
{
    /// <summary><c>_</c>, and RESP2's <c>$-1</c> and <c>*-1</c>.</summary>
    Null,

    /// <summary><c>+</c></summary>
    SimpleString,

    /// <summary><c>-</c>, and RESP3's bulk error <c>!</c>.</summary>
    Error,

    /// <summary><c>:</c></summary>
    Integer,

    /// <summary><c>$</c>, and RESP3's verbatim string <c>=</c> without its three-letter format.</summary>
    BulkString,

    /// <summary><c>,</c></summary>
    Double,

    /// <summary><c>#</c></summary>
    Boolean,

    /// <summary><c>(</c></summary>
    BigNumber,

    /// <summary><c>*</c></summary>
    Array,

    /// <summary><c>%</c></summary>
    Map,

    /// <summary><c>~</c></summary>
    Set,

    /// <summary><c>&gt;</c></summary>
    Push,
}

/// <summary>One value, or the head of an aggregate whose elements follow as tokens. Valid until the buffer is advanced.</summary>
internal readonly ref struct RespToken
{
    /// <summary>The kind of the value.</summary>
    public RespKind Kind { get; init; }

    /// <summary>The text or bytes; empty for an aggregate, a null, and a string over the limit.</summary>
    public ReadOnlySequence<byte> Value { get; init; }

    /// <summary>The integer; 1 or 0 for a boolean; for an aggregate the number of its direct elements (a map counts keys and values).</summary>
    public long Number { get; init; }

    /// <summary>True for a string over the reader's limit: its bytes are skipped, not buffered.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>True for the last token of a top-level value.</summary>
    public bool EndsFrame { get; init; }
}
