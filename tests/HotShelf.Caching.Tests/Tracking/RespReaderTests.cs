using System.Buffers;
using System.Text;
using HotShelf.Caching.Redis.Tracking;

namespace HotShelf.Caching.Tests.Tracking;

public class RespReaderTests
{
    [Theory]
    [InlineData("+OK\r\n", "SimpleString OK 0 end")]
    [InlineData("-ERR no\r\n", "Error ERR no 0 end")]
    [InlineData(":-12\r\n", "Integer -12 -12 end")]
    [InlineData("$2\r\n\r\n\r\n", "BulkString \r\n 0 end")]
    [InlineData("$-1\r\n", "Null  0 end")]
    [InlineData("*-1\r\n", "Null  0 end")]
    [InlineData("_\r\n", "Null  0 end")]
    [InlineData("#t\r\n", "Boolean t 1 end")]
    [InlineData("#f\r\n", "Boolean f 0 end")]
    [InlineData(",-1.25e3\r\n", "Double -1.25e3 0 end")]
    [InlineData("(-12345678901234567890123\r\n", "BigNumber -12345678901234567890123 0 end")]
    [InlineData("!6\r\nERR no\r\n", "Error ERR no 0 end")]
    [InlineData("=7\r\ntxt:abc\r\n", "BulkString abc 0 end")]
    [InlineData("*0\r\n", "Array  0 end")]
    [InlineData("*1\r\n*1\r\n:1\r\n", "Array  1|Array  1|Integer 1 1 end")]
    [InlineData("%1\r\n+a\r\n:1\r\n", "Map  2|SimpleString a 0|Integer 1 1 end")]
    [InlineData("~2\r\n_\r\n$-1\r\n", "Set  2|Null  0|Null  0 end")]
    [InlineData(">1\r\n+pong\r\n", "Push  1|SimpleString pong 0 end")]
    [InlineData("|1\r\n+ttl\r\n:1\r\n*2\r\n|1\r\n+a\r\n+b\r\n:7\r\n:8\r\n", "Array  2|Integer 7 7|Integer 8 8 end")]
    public void TryRead_ValueOfEachKind_IsGiven(string input, string expected) =>
        Assert.Equal(expected, string.Join('|', RespFeed.ReadAtOnce(Encoding.Latin1.GetBytes(input))));

    [Theory]
    [InlineData("x")]
    [InlineData("\0")]
    [InlineData("PING\r\n")]
    [InlineData("$?\r\n")]
    [InlineData("*?\r\n")]
    [InlineData("%?\r\n")]
    [InlineData("~?\r\n")]
    [InlineData(";4\r\nabcd\r\n")]
    [InlineData(".\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("*-2\r\n")]
    [InlineData("%-1\r\n")]
    [InlineData(">-1\r\n")]
    [InlineData("!-1\r\n")]
    [InlineData("=-1\r\n")]
    [InlineData("=3\r\nabc\r\n")]
    [InlineData("=4\r\nabcd\r\n")]
    [InlineData("$\r\n")]
    [InlineData("$1a\r\n")]
    [InlineData("$ 1\r\n")]
    [InlineData("$2147483648\r\n")]
    [InlineData("$536870913\r\n")]
    [InlineData("*99999999999999999999999\r\n")]
    [InlineData("*9223372036854775807\r\n")]
    [InlineData("%9223372036854775807\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    [InlineData("$3\r\nabc\n\n")]
    [InlineData("+OK\n")]
    [InlineData("+O\rK\r\n")]
    [InlineData(":\r\n")]
    [InlineData(":1.5\r\n")]
    [InlineData(":9223372036854775808\r\n")]
    [InlineData("#x\r\n")]
    [InlineData("#\r\n")]
    [InlineData("#tt\r\n")]
    [InlineData("_x\r\n")]
    [InlineData(",\r\n")]
    [InlineData(",1.5x\r\n")]
    [InlineData("(\r\n")]
    [InlineData("(-\r\n")]
    [InlineData("(12a\r\n")]
    [InlineData(":0000000000000000000000000000000000")]
    public void TryRead_MalformedOrBeyondLimits_IsRejected(string input)
    {
        var bytes = Encoding.Latin1.GetBytes(input);
        Assert.Equal([RespFeed.Rejected], RespFeed.ReadAtOnce(bytes));
        Assert.Equal([RespFeed.Rejected], RespFeed.Read(bytes, RespReader.DefaultMaxStringLength, 1));
    }

    [Fact]
    public void TryRead_NestedDeeperThanTheLimit_IsRejected()
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat("*1\r\n", depth)) + ":1\r\n";
        Assert.DoesNotContain(RespFeed.Rejected, RespFeed.ReadAtOnce(Encoding.Latin1.GetBytes(Nested(RespReader.MaxDepth))));
        Assert.Contains(RespFeed.Rejected, RespFeed.ReadAtOnce(Encoding.Latin1.GetBytes(Nested(RespReader.MaxDepth + 1))));
        Assert.Contains(RespFeed.Rejected, RespFeed.ReadAtOnce(Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("|1\r\n", RespReader.MaxDepth + 1)))));
    }

    [Fact]
    public void TryRead_LineWithoutEnd_IsRejectedAtTheLimit()
    {
        var line = new byte[RespReader.MaxLineLength + 3];
        line.AsSpan().Fill((byte)'a');
        line[0] = (byte)'+';
        Assert.Equal([RespFeed.Rejected], RespFeed.ReadAtOnce(line));
        Assert.Empty(RespFeed.ReadAtOnce(line.AsSpan(0, line.Length - 1)));
    }

    [Fact]
    public void TryRead_StringOverTheLimit_IsSkippedAndTheNextValueRead()
    {
        var bytes = Encoding.Latin1.GetBytes("*2\r\n$20\r\n01234567890123456789\r\n:1\r\n+OK\r\n");
        string[] expected = ["Array  2", "BulkString  0 skipped", "Integer 1 1 end", "SimpleString OK 0 end"];
        Assert.Equal(expected, RespFeed.ReadAtOnce(bytes, maxStringLength: 19));
        Assert.Equal(expected, RespFeed.Read(bytes, 19, 1));
        Assert.Equal(4, RespFeed.ReadAtOnce(bytes, maxStringLength: 20).Count(token => !token.Contains("skipped", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(RespReader.DefaultMaxStringLength)]
    [InlineData(4)]
    public void TryRead_SplitAnywhere_SameTokens(int maxStringLength)
    {
        var bytes = RespFeed.AllFrames;
        var expected = RespFeed.ReadAtOnce(bytes, maxStringLength);
        Assert.DoesNotContain(RespFeed.Rejected, expected);
        for (var split = 1; split < bytes.Length; split++)
            Assert.Equal(expected, RespFeed.Read(bytes, maxStringLength, split, int.MaxValue));
        foreach (var length in (int[])[1, 2, 3, 5, 7, 13])
            Assert.Equal(expected, RespFeed.Read(bytes, maxStringLength, length));
        // All there, but in segments of one byte.
        Assert.Equal(expected, ReadSegments(bytes, maxStringLength));
    }

    [Fact]
    public void TryRead_TruncatedAnywhere_GivesWhatCameAndNothingElse()
    {
        var bytes = RespFeed.AllFrames;
        var expected = RespFeed.ReadAtOnce(bytes);
        for (var length = 0; length < bytes.Length; length++)
        {
            var tokens = RespFeed.ReadAtOnce(bytes.AsSpan(0, length));
            Assert.Equal(expected.Take(tokens.Count), tokens);
        }
    }

    [Fact]
    public void TryRead_EachFrameOfMany_EndsOnce()
    {
        foreach (var frame in RespFeed.Frames)
        {
            var tokens = RespFeed.ReadAtOnce(Encoding.Latin1.GetBytes(frame));
            Assert.EndsWith(" end", tokens[^1], StringComparison.Ordinal);
            Assert.Single(tokens, token => token.EndsWith(" end", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TryRead_FlippedBits_TokensOrRejectionAlikeHoweverSplit()
    {
        var bytes = RespFeed.AllFrames;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(RespFeed.ReadAtOnce(bytes, 64), RespFeed.Read(bytes, 64, 3, 11));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void TryRead_RandomBytes_TokensOrRejectionAlikeHoweverSplit()
    {
        // Mostly from the protocol's own letters: wholly random bytes are rejected at the first.
        const string Letters = "+-:$*%~>|_#,(!=0123456789\r\n\r\n\r\ntfa?;.";
        var random = new Random(20261122);
        for (var round = 0; round < 30_000; round++)
        {
            var bytes = new byte[random.Next(1, 80)];
            for (var index = 0; index < bytes.Length; index++)
                bytes[index] = random.Next(50) == 0 ? (byte)random.Next(256) : (byte)Letters[random.Next(Letters.Length)];
            Assert.Equal(RespFeed.ReadAtOnce(bytes, 16), RespFeed.Read(bytes, 16, 1));
        }
    }

    [Fact]
    public void TryRead_RandomFrames_SurviveEveryRoundTrip()
    {
        var random = new Random(42);
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = Encoding.Latin1.GetBytes(RandomValue(random, depth: 0));
            var tokens = RespFeed.ReadAtOnce(bytes, 16);
            Assert.DoesNotContain(RespFeed.Rejected, tokens);
            Assert.EndsWith(" end", tokens[^1], StringComparison.Ordinal);
            Assert.Equal(tokens, RespFeed.Read(bytes, 16, random.Next(1, 9), random.Next(1, 9)));
        }
    }

    [Fact]
    public void TryRead_HostileLengths_CostNoMemory()
    {
        var bytes = Encoding.Latin1.GetBytes("*2147483647\r\n%2147483647\r\n~2147483647\r\n$536870912\r\n");
        var reader = new RespReader();
        var answer = new RespValue.Builder();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var buffer = new ReadOnlySequence<byte>(bytes);
        while (reader.TryRead(ref buffer, out var token))
        {
            if (!token.IsSkipped)
                Assert.Null(answer.Add(token));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
    }

    [Fact]
    public void Builder_AnswerBeyondTheLimit_IsRejected()
    {
        var reader = new RespReader();
        var answer = new RespValue.Builder();
        var buffer = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes("*2147483647\r\n" + string.Concat(Enumerable.Repeat(":1\r\n", RespValue.Builder.MaxValues))));
        Assert.Throws<RespException>(() => DrainInto(reader, answer, ref buffer));
    }

    [Fact]
    public void Builder_NestedAnswer_IsPutTogether()
    {
        var reader = new RespReader();
        var answer = new RespValue.Builder();
        var buffer = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes("%3\r\n+proto\r\n:3\r\n+role\r\n$6\r\nmaster\r\n+modules\r\n*2\r\n*0\r\n:5\r\n+next\r\n"));
        var hello = DrainInto(reader, answer, ref buffer);
        Assert.Equal((3, "master", 5), (hello.Find("proto")!.Number, hello.Find("role")!.Text, hello.Find("modules")!.Items[1].Number));
        Assert.Null(hello.Find("other"));
        Assert.Equal("next", DrainInto(reader, answer, ref buffer).Text);
    }

    private static RespValue DrainInto(RespReader reader, RespValue.Builder answer, ref ReadOnlySequence<byte> buffer)
    {
        while (reader.TryRead(ref buffer, out var token))
        {
            if (answer.Add(token) is { } value)
                return value;
        }

        throw new InvalidOperationException("the answer did not end");
    }

    private static List<string> ReadSegments(byte[] bytes, int maxStringLength)
    {
        var reader = new RespReader(maxStringLength);
        var buffer = RespFeed.ToSequence(bytes.Select(value => new[] { value }));
        var tokens = new List<string>();
        while (reader.TryRead(ref buffer, out var token))
            tokens.Add(RespFeed.Describe(token));
        return tokens;
    }

    private static string RandomValue(Random random, int depth)
    {
        var text = new string('x', random.Next(24));
        var count = depth < 4 ? random.Next(4) : 0;
        return random.Next(12) switch
        {
            0 => $"+{text}\r\n",
            1 => $":{random.NextInt64()}\r\n",
            2 => "_\r\n",
            3 => "#t\r\n",
            4 => ",0.5\r\n",
            5 => $"={text.Length + 4}\r\ntxt:{text}\r\n",
            6 => $"*{count}\r\n{Values(count)}",
            7 => $"~{count}\r\n{Values(count)}",
            8 => $"%{count}\r\n{Values(count * 2)}",
            9 => $"|{count}\r\n{Values(count * 2)}{RandomValue(random, depth + 1)}",
            _ => $"${text.Length}\r\n{text}\r\n",
        };

        string Values(int number) => string.Concat(Enumerable.Range(0, number).Select(_ => RandomValue(random, depth + 1)));
    }
}
