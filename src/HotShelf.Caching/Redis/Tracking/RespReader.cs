using System.Buffers;
using System.Buffers.Text;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>
/// A pull parser of RESP2 and RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/) over the received bytes. It stores no bytes: an
/// aggregate is returned as a head followed by its elements one by one, so the caller never buffers more than one string or line.
/// Invalid input always ends in a <see cref="RespException"/>.
/// </summary>
/// <param name="maxStringLength">Maximum bytes of a string that is returned; of a longer one only the head is returned and the bytes are skipped.</param>
internal sealed partial class RespReader(int maxStringLength = RespReader.DefaultMaxStringLength)
{
    /// <summary>1 MiB: more than every key and every awaited answer.</summary>
    public const int DefaultMaxStringLength = 1 << 20;

    /// <summary>Maximum depth of nested aggregates; Redis' own answers use at most four.</summary>
    public const int MaxDepth = 16;

    /// <summary>Maximum bytes of a simple string, an error, a double or a big number.</summary>
    public const int MaxLineLength = 16 * 1024;

    /// <summary>Maximum bytes of any string: the server's default limit (proto-max-bulk-len).</summary>
    public const int MaxSkippedLength = 512 * 1024 * 1024;

    private const int MaxNumberLength = 24;

    private readonly Level[] _levels = new Level[MaxDepth];
    private int _depth;
    private int _openAttributes;
    private long _skip;

    /// <summary>Reads the next token and advances <paramref name="buffer"/> past it; returns false, without advancing, when more bytes are needed.</summary>
    /// <exception cref="RespException">The bytes are not RESP or exceed a limit.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out RespToken token)
    {
        while (TrySkip(ref buffer) && TryReadAny(ref buffer, out token, out var isHidden))
        {
            if (!isHidden)
                return true;
        }

        token = default;
        return false;
    }

    private bool TrySkip(ref ReadOnlySequence<byte> buffer)
    {
        if (_skip > 0)
        {
            var now = Math.Min(_skip, buffer.Length);
            buffer = buffer.Slice(now);
            _skip -= now;
        }

        return _skip == 0 && !buffer.IsEmpty;
    }

    private bool TryReadAny(ref ReadOnlySequence<byte> buffer, out RespToken token, out bool isHidden)
    {
        isHidden = _openAttributes > 0;
        var rest = buffer.Slice(1);
        switch (First(buffer))
        {
            case (byte)'+': return TryReadLine(RespKind.SimpleString, ref buffer, rest, out token);
            case (byte)'-': return TryReadLine(RespKind.Error, ref buffer, rest, out token);
            case (byte)':': return TryReadLine(RespKind.Integer, ref buffer, rest, out token);
            case (byte)',': return TryReadLine(RespKind.Double, ref buffer, rest, out token);
            case (byte)'#': return TryReadLine(RespKind.Boolean, ref buffer, rest, out token);
            case (byte)'(': return TryReadLine(RespKind.BigNumber, ref buffer, rest, out token);
            case (byte)'_': return TryReadLine(RespKind.Null, ref buffer, rest, out token);
            case (byte)'$': return TryReadString(RespKind.BulkString, isNullable: true, isVerbatim: false, ref buffer, rest, out token);
            case (byte)'!': return TryReadString(RespKind.Error, isNullable: false, isVerbatim: false, ref buffer, rest, out token);
            case (byte)'=': return TryReadString(RespKind.BulkString, isNullable: false, isVerbatim: true, ref buffer, rest, out token);
            case (byte)'*': return TryReadAggregate(RespKind.Array, isNullable: true, 1, ref buffer, rest, out token);
            case (byte)'~': return TryReadAggregate(RespKind.Set, isNullable: false, 1, ref buffer, rest, out token);
            case (byte)'>': return TryReadAggregate(RespKind.Push, isNullable: false, 1, ref buffer, rest, out token);
            case (byte)'%': return TryReadAggregate(RespKind.Map, isNullable: false, 2, ref buffer, rest, out token);
            case (byte)'|':
                isHidden = true;
                return TryReadAttribute(ref buffer, rest, out token);
            case (byte)';' or (byte)'.': throw new RespException("streamed strings and aggregates are not supported");
            case var other: throw new RespException($"no RESP value starts with byte 0x{other:x2}");
        }
    }

    private bool TryReadAggregate(RespKind kind, bool isNullable, int width, ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> rest, out RespToken token)
    {
        token = default;
        if (!TryReadLength(ref rest, isNullable, out var count))
            return false;
        buffer = rest;
        if (count < 0)
        {
            Complete();
            token = new() { Kind = RespKind.Null, EndsFrame = _depth == 0 };
            return true;
        }

        Open(count * width, isAttribute: false);
        token = new() { Kind = kind, Number = count * width, EndsFrame = _depth == 0 };
        return true;
    }

    private bool TryReadAttribute(ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> rest, out RespToken token)
    {
        token = default;
        if (!TryReadLength(ref rest, isNullable: false, out var count))
            return false;
        buffer = rest;
        Open(count * 2, isAttribute: true);
        return true;
    }

    private void Open(long count, bool isAttribute)
    {
        if (count == 0)
        {
            if (!isAttribute)
                Complete();
            return;
        }

        if (_depth == MaxDepth)
            throw new RespException($"aggregates are nested deeper than {MaxDepth}");
        _levels[_depth++] = new Level(count, isAttribute);
        if (isAttribute)
            _openAttributes++;
    }

    /// <summary>Counts a completed value in the enclosing aggregate, which may complete that one in turn.</summary>
    private void Complete()
    {
        while (_depth > 0)
        {
            ref var level = ref _levels[_depth - 1];
            if (--level.Left > 0)
                return;
            _depth--;
            if (level.IsAttribute)
            {
                // An attribute annotates the next value and is not counted as an element.
                _openAttributes--;
                return;
            }
        }
    }

    private static bool TryReadLength(ref ReadOnlySequence<byte> rest, bool isNullable, out long length)
    {
        length = 0;
        if (!TryTakeLine(ref rest, MaxNumberLength, out var line))
            return false;
        length = ParseInteger(line);
        if (length > int.MaxValue || length < (isNullable ? -1 : 0))
            throw new RespException("a length is out of range");
        return true;
    }

    private static long ParseInteger(in ReadOnlySequence<byte> line)
    {
        Span<byte> copy = stackalloc byte[MaxNumberLength];
        var text = Flatten(line, copy);
        if (text is [(byte)'?'])
            throw new RespException("streamed strings and aggregates are not supported");
        return Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length ? value : throw new RespException("a number is malformed");
    }

    /// <summary>The first byte; a sequence may start with empty segments.</summary>
    private static byte First(in ReadOnlySequence<byte> value)
    {
        if (value.FirstSpan is [var first, ..])
            return first;
        var reader = new SequenceReader<byte>(value);
        return reader.TryPeek(out first) ? first : (byte)0;
    }

    /// <summary>The bytes as one span: without a copy when they are contiguous, otherwise copied to <paramref name="copy"/>.</summary>
    private static ReadOnlySpan<byte> Flatten(in ReadOnlySequence<byte> value, Span<byte> copy)
    {
        if (value.IsSingleSegment)
            return value.FirstSpan;
        value.CopyTo(copy);
        return copy[..(int)value.Length];
    }

    private struct Level(long left, bool isAttribute)
    {
        public long Left = left;
        public readonly bool IsAttribute = isAttribute;
    }
}
