using System.Buffers;
using System.Buffers.Text;

namespace HotShelf.Caching.Redis.Tracking;

/// <summary>Values that end with their line, and strings with a length prefix.</summary>
internal sealed partial class RespReader
{
    private const int MaxDoubleLength = 512;
    private const int VerbatimHead = 4;

    private bool TryReadLine(RespKind kind, ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> rest, out RespToken token)
    {
        token = default;
        var limit = kind is RespKind.SimpleString or RespKind.Error or RespKind.BigNumber ? MaxLineLength : kind is RespKind.Double ? MaxDoubleLength : MaxNumberLength;
        if (!TryTakeLine(ref rest, limit, out var line))
            return false;
        var number = kind switch
        {
            RespKind.Integer => ParseInteger(line),
            RespKind.Boolean => ParseBoolean(line),
            _ => 0,
        };
        if (kind is RespKind.Null && !line.IsEmpty)
            throw new RespException("a null carries a value");
        if (kind is RespKind.BigNumber && !IsBigNumber(line))
            throw new RespException("a big number is malformed");
        if (kind is RespKind.Double && !IsDouble(line))
            throw new RespException("a double is malformed");
        buffer = rest;
        Complete();
        token = new() { Kind = kind, Value = line, Number = number, EndsFrame = _depth == 0 };
        return true;
    }

    private bool TryReadString(RespKind kind, bool isNullable, bool isVerbatim, ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> rest, out RespToken token)
    {
        token = default;
        if (!TryReadLength(ref rest, isNullable, out var length))
            return false;
        if (length > MaxSkippedLength)
            throw new RespException($"a string is longer than {MaxSkippedLength} bytes");
        if (isVerbatim && length < VerbatimHead)
            throw new RespException("a verbatim string lacks its format");
        var isSkipped = length > maxStringLength;
        var value = ReadOnlySequence<byte>.Empty;
        if (isSkipped)
        {
            _skip = length + 2;
        }
        else if (length >= 0)
        {
            if (!TryTakeBytes(ref rest, length, out value))
                return false;
            if (isVerbatim)
                value = StripFormat(value);
        }

        buffer = rest;
        Complete();
        token = new() { Kind = length < 0 ? RespKind.Null : kind, Value = value, IsSkipped = isSkipped, EndsFrame = _depth == 0 };
        return true;
    }

    /// <summary>Reads a line up to its CR LF; false when the CR LF has not arrived.</summary>
    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, int limit, out ReadOnlySequence<byte> line)
    {
        line = default;
        var head = rest.Length > limit + 2 ? rest.Slice(0, limit + 2) : rest;
        if (head.PositionOf((byte)'\n') is not { } newline)
            return head.Length < limit + 2 ? false : throw new RespException($"a line is longer than {limit} bytes");
        var withReturn = head.Slice(0, newline);
        if (withReturn.PositionOf((byte)'\r') is not { } end || withReturn.Slice(end).Length != 1)
            throw new RespException("a line does not end in CR LF");
        line = withReturn.Slice(0, end);
        rest = rest.Slice(line.Length + 2);
        return true;
    }

    private static bool TryTakeBytes(ref ReadOnlySequence<byte> rest, long length, out ReadOnlySequence<byte> value)
    {
        value = default;
        if (rest.Length < length + 2)
            return false;
        Span<byte> copy = stackalloc byte[2];
        if (!Flatten(rest.Slice(length, 2), copy).SequenceEqual("\r\n"u8))
            throw new RespException("a string does not end in CR LF");
        value = rest.Slice(0, length);
        rest = rest.Slice(length + 2);
        return true;
    }

    /// <summary><c>=15\r\ntxt:Some string\r\n</c>: three letters and a colon precede the text.</summary>
    private static ReadOnlySequence<byte> StripFormat(in ReadOnlySequence<byte> value)
    {
        Span<byte> copy = stackalloc byte[VerbatimHead];
        return Flatten(value.Slice(0, VerbatimHead), copy)[^1] == (byte)':' ? value.Slice(VerbatimHead) : throw new RespException("a verbatim string lacks its format");
    }

    private static long ParseBoolean(in ReadOnlySequence<byte> line) =>
        (line.Length, First(line)) switch
        {
            (1, (byte)'t') => 1,
            (1, (byte)'f') => 0,
            _ => throw new RespException("a boolean is neither t nor f"),
        };

    private static bool IsBigNumber(ReadOnlySequence<byte> line)
    {
        if (First(line) is (byte)'+' or (byte)'-')
            line = line.Slice(1);
        foreach (var segment in line)
        {
            if (segment.Span.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                return false;
        }

        return !line.IsEmpty;
    }

    private static bool IsDouble(in ReadOnlySequence<byte> line)
    {
        Span<byte> copy = stackalloc byte[MaxDoubleLength];
        var text = Flatten(line, copy);
        return text.SequenceEqual("inf"u8) || text.SequenceEqual("-inf"u8) || text.SequenceEqual("nan"u8) || text.SequenceEqual("-nan"u8)
            || (Utf8Parser.TryParse(text, out double _, out var used) && used == text.Length);
    }
}
