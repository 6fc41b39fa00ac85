using System.Buffers;
using System.Text;
using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

/// <summary>Gives bytes to a <see cref="RespReader"/> as a network would: in pieces, the unread rest kept.</summary>
internal static class RespFeed
{
    public const string Rejected = "rejected";

    /// <summary>Every kind of value both protocols have, nested, empty and with binary content.</summary>
    public static readonly string[] Frames =
    [
        "+OK\r\n", "+\r\n", "-ERR no\r\n", ":0\r\n", ":-9223372036854775808\r\n", ":+7\r\n", "$-1\r\n", "*-1\r\n", "$0\r\n\r\n", "$7\r\na\r\nb\0\n\r\r\n",
        "_\r\n", "#t\r\n", "#f\r\n", ",1.5\r\n", ",-inf\r\n", ",inf\r\n", ",nan\r\n", ",1e10\r\n", "(3492890328409238509324850943850943825024385\r\n", "(-1\r\n",
        "!21\r\nSYNTAX invalid syntax\r\n", "=15\r\ntxt:Some string\r\n", "=4\r\nmkd:\r\n", "*0\r\n", "~0\r\n", "%0\r\n", ">0\r\n", "*2\r\n*0\r\n*1\r\n:1\r\n",
        "%2\r\n+a\r\n:1\r\n$1\r\nb\r\n*2\r\n#t\r\n_\r\n", "~3\r\n:1\r\n:2\r\n%1\r\n:3\r\n~1\r\n:4\r\n", "|1\r\n+ttl\r\n:3600\r\n$3\r\nabc\r\n",
        "*3\r\n:1\r\n|1\r\n+k\r\n*2\r\n:8\r\n|1\r\n+in\r\n:0\r\n:9\r\n:2\r\n|0\r\n:3\r\n", ">2\r\n$10\r\ninvalidate\r\n*2\r\n$2\r\nk1\r\n$5\r\nk\r\n:2\r\n",
        ">2\r\n$10\r\ninvalidate\r\n_\r\n", ">3\r\n+message\r\n+channel\r\n$2\r\nhi\r\n", "$20\r\n01234567890123456789\r\n",
    ];

    public static byte[] AllFrames => Encoding.Latin1.GetBytes(string.Concat(Frames));

    /// <summary>What the reader makes of the bytes when they arrive in pieces of these lengths, over and over.</summary>
    public static List<string> Read(ReadOnlySpan<byte> bytes, int maxStringLength, params int[] pieces)
    {
        var reader = new RespReader(maxStringLength);
        var tokens = new List<string>();
        var arrived = new List<byte[]>();
        var (position, turn) = (0, 0);
        try
        {
            while (position < bytes.Length)
            {
                var length = Math.Clamp(pieces[turn++ % pieces.Length], 1, bytes.Length - position);
                arrived.Add(bytes.Slice(position, length).ToArray());
                position += length;
                var buffer = ToSequence(arrived);
                while (reader.TryRead(ref buffer, out var token))
                    tokens.Add(Describe(token));
                arrived = buffer.IsEmpty ? [] : Segments(buffer);
            }
        }
        catch (RespException)
        {
            tokens.Add(Rejected);
        }

        return tokens;
    }

    public static List<string> ReadAtOnce(ReadOnlySpan<byte> bytes, int maxStringLength = RespReader.DefaultMaxStringLength) =>
        Read(bytes, maxStringLength, int.MaxValue);

    /// <summary>Segments as they are given, and an empty one before and after each: a pipe may hold those too.</summary>
    public static ReadOnlySequence<byte> ToSequence(IEnumerable<byte[]> pieces)
    {
        var first = new Segment([], null);
        var last = first;
        foreach (var piece in pieces)
            last = new Segment([], new Segment(piece, last));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public static string Describe(in RespToken token) =>
        $"{token.Kind} {Encoding.Latin1.GetString(token.Value.ToArray())} {token.Number}{(token.IsSkipped ? " skipped" : "")}{(token.EndsFrame ? " end" : "")}";

    private static List<byte[]> Segments(ReadOnlySequence<byte> buffer)
    {
        var pieces = new List<byte[]>();
        foreach (var segment in buffer)
        {
            if (!segment.IsEmpty)
                pieces.Add(segment.ToArray());
        }

        return pieces;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
