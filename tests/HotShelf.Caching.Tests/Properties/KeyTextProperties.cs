using CsCheck;

namespace HotShelf.Caching.Tests.Properties;

/// <summary>Two different lists of arguments never give one key.</summary>
public class KeyTextProperties
{
    private static readonly Gen<string?> s_text = Gen.OneOf(
        Chosen<string?>(null, "", ":", "%null", "%", "a:b", "%3A", "{x}", "\ud800"),
        Gen.String[Gen.Char['\0', '\uffff'], 0, 12]!,
        Gen.String[Chosen(':', '%', 'a', '3', 'A', '{', '}'), 0, 8]!);

    [Fact]
    public void Texts_ThatDiffer_GiveKeysThatDiffer() => Gen.Select(Gen.Select(s_text, s_text), Gen.Select(s_text, s_text)).Sample((one, other) =>
        Assert.Equal(one == other, Key(one.Item1, one.Item2) == Key(other.Item1, other.Item2)));

    [Fact]
    public void Escaped_HasNoSeparatorBraceOrControl() => s_text.Sample(text =>
        Assert.DoesNotContain(CacheKeyText.Format($"{text}"), static character => character is ':' or '{' or '}' || char.IsControl(character) || char.IsWhiteSpace(character) && character < 128));

    private static Gen<T> Chosen<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static string Key(string? first, string? second) => CacheKeyText.Format($"family:{first}:{second}");
}
