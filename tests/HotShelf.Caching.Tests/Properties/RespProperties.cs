using System.Globalization;
using System.Text;
using CsCheck;
using HotShelf.Caching.Tests.Tracking;

namespace HotShelf.Caching.Tests.Properties;

/// <summary>What holds for everything that a server may send, however it arrives.</summary>
public class RespProperties
{
    private static readonly string[] s_fixed = ["_\r\n", "$-1\r\n", "*-1\r\n", "#t\r\n", "#f\r\n", ",1.5\r\n", ",inf\r\n", "(12345678901234567890\r\n"];

    private static readonly Gen<string> s_line = Gen.String[Gen.Char[' ', '~'], 0, 30];

    private static readonly Gen<string> s_scalar = Gen.OneOf(
        s_line.Select(static text => $"+{text}\r\n"),
        s_line.Select(static text => $"-{text}\r\n"),
        Gen.Long.Select(static number => $":{number.ToString(CultureInfo.InvariantCulture)}\r\n"),
        Gen.String[Gen.Char['\0', 'ÿ'], 0, 200].Select(static text => $"${text.Length}\r\n{text}\r\n"),
        Gen.String[Gen.Char['\0', 'ÿ'], 0, 20].Select(static text => $"={text.Length + 4}\r\ntxt:{text}\r\n"),
        Gen.Int[0, s_fixed.Length - 1].Select(static index => s_fixed[index]));

    private static readonly Gen<string> s_value = Gen.Recursive<string>((depth, inner) => depth > 4
        ? s_scalar
        : Gen.OneOf(
            s_scalar,
            inner.Array[0, 4].Select(static items => $"*{items.Length}\r\n{string.Concat(items)}"),
            inner.Array[0, 4].Select(static items => $"~{items.Length}\r\n{string.Concat(items)}"),
            Gen.Select(inner, inner).Array[0, 3].Select(static pairs => $"%{pairs.Length}\r\n{string.Concat(pairs.Select(static pair => pair.Item1 + pair.Item2))}"),
            Gen.Select(Gen.Select(inner, inner).Array[0, 2], inner).Select(static (attributes, value) => $"|{attributes.Length}\r\n{string.Concat(attributes.Select(static pair => pair.Item1 + pair.Item2))}{value}")));

    [Fact]
    public void Values_AreReadAlike_InWhateverPiecesTheyArrive() => Gen.Select(s_value.Array[1, 5], Gen.Int[1, 40].Array[1, 8]).Sample((values, pieces) =>
    {
        var bytes = Encoding.Latin1.GetBytes(string.Concat(values));
        var whole = RespFeed.ReadAtOnce(bytes);
        Assert.DoesNotContain(RespFeed.Rejected, whole);
        Assert.Equal(whole, RespFeed.Read(bytes, int.MaxValue, pieces));
    });

    [Fact]
    public void Anything_IsReadOrRejected() => Gen.Select(s_value.Array[1, 3], Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Int[1, 40].Array[1, 4]).Sample((values, at, other, pieces) =>
    {
        var bytes = Encoding.Latin1.GetBytes(string.Concat(values));
        bytes[at % bytes.Length] = other;
        Assert.Equal(RespFeed.ReadAtOnce(bytes), RespFeed.Read(bytes, int.MaxValue, pieces));
    });
}
