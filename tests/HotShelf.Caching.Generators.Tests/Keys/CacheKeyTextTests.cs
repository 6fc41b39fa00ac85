using System.Globalization;
using System.Numerics;
using System.Text;

namespace HotShelf.Caching.Generators.Tests.Keys;

public class CacheKeyTextTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { CacheKeyText.Format($"{-42}:{ulong.MaxValue}:{(byte)7}"), "-42:18446744073709551615:7" },
        { CacheKeyText.Format($"{1.50m}:{0.1}:{float.MaxValue}:{double.NaN}"), "1.50:0.1:3.4028235E%2B38:NaN" },
        { CacheKeyText.Format($"{true}:{(bool?)false}:{(bool?)null}"), "true:false:%null" },
        { CacheKeyText.Format($"{Guid.Empty}"), "00000000-0000-0000-0000-000000000000" },
        { CacheKeyText.Format($"{new DateTime(2026, 11, 22, 1, 58, 3, DateTimeKind.Utc).AddTicks(1)}"), "2026-11-22T01%3A58%3A03.0000001Z" },
        { CacheKeyText.Format($"{new DateTimeOffset(2026, 11, 22, 1, 58, 3, TimeSpan.FromHours(2))}"), "2026-11-22T01%3A58%3A03.0000000%2B02%3A00" },
        { CacheKeyText.Format($"{new DateOnly(2026, 11, 22)}:{new TimeOnly(1, 2, 3, 4)}"), "2026-11-22:01%3A02%3A03.0040000" },
        { CacheKeyText.Format($"{TimeSpan.FromMilliseconds(1.5)}"), "00%3A00%3A00.0015000" },
        { CacheKeyText.Format($"{(int?)null}:{(int?)5}:{(string?)null}:{""}:{"null"}"), "%null:5:%null::null" },
        { CacheKeyText.Format($"{CacheKeyText.Name(DayOfWeek.Friday)}:{CacheKeyText.Name((DayOfWeek)99)}:{CacheKeyText.Name((DayOfWeek?)null)}"), "Friday:99:%null" },
        { CacheKeyText.Format($"{CacheKeyText.Name(FileAttributes.Hidden | FileAttributes.System)}"), "Hidden%2C%20System" },
        { CacheKeyText.Format($"{'x'}:{':'}:{new Rune('é')}:{BigInteger.Pow(10, 30)}"), "x:%3A:é:1000000000000000000000000000000" },
        { CacheKeyText.Format($"{"{a}:b/c%20 \r\n\u0085*"}"), "%7Ba%7D%3Ab%2Fc%2520%20%0D%0A%85%2A" },
        { CacheKeyText.Format($"{"Grüße 商品 😀"}"), "Grüße%20商品%20😀" },
        { CacheKeyText.Format($"{"\ud800x"}:{"\udc00\ud800"}"), "%uD800x:%uDC00%uD800" },
        { CacheKeyText.Format($"literal:{{}}"), "literal:{}" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Format_OfEachKind_IsLosslessAndEscaped(string actual, string expected) => Assert.Equal(expected, actual);

    [Fact]
    public void Format_OfAnyTwoStrings_GivesTheTextOfNoOtherTwo()
    {
        // Every string of up to three of the characters that could be mistaken for something else.
        const string Nasty = ":%una0\ud800\udc00é";
        var strings = new List<string?> { null, "" };
        for (var from = 1; from < strings.Count || from == 1; from++)
        {
            if (strings[from]!.Length == 3)
                break;
            strings.AddRange(Nasty.Select(c => strings[from] + c));
        }

        strings.AddRange(["null", "%null", "%25null"]);
        var seen = new Dictionary<string, (string?, string?)>(StringComparer.Ordinal);
        foreach (var left in strings.Where(static text => text is null or { Length: < 3 }))
        {
            foreach (var right in strings)
            {
                // As the bytes that Redis sees.
                var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(CacheKeyText.Format($"f:{left}:{right}")));
                Assert.True(seen.TryAdd(text, (left, right)), $"{text} stands for two pairs");
            }
        }

        Assert.True(seen.Count > 50_000);
    }

    [Fact]
    public void Format_InAnotherCulture_IsTheSame()
    {
        var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        odd.NumberFormat.NegativeSign = "minus";
        odd.NumberFormat.NumberDecimalSeparator = ",";
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = odd;
        try
        {
            Assert.Equal("f:-1.5:-3", CacheKeyText.Format($"f:{-1.5m}:{-3}"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(5_000)]
    public void Format_LongerThanTheStack_KeepsEverything(int length)
    {
        var text = new string('a', length);
        Assert.Equal($"f:{text}:7:{text}%3A", CacheKeyText.Format($"f:{text}:{7}:{text + ":"}"));
        Assert.Equal($"f:{BigInteger.Pow(10, length)}", CacheKeyText.Format($"f:{BigInteger.Pow(10, length)}"));
    }

    [Fact]
    public void Text_OfUsualParameters_AllocatesNothing()
    {
        var id = Guid.NewGuid();
        // The least of several rounds: once in a while the runtime itself allocates, for a method compiled anew or a pool that a collection emptied.
        var length = 0;
        var least = Enumerable.Range(0, 20).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            length = Measure(id, "tea-pots");
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, least);
        Assert.True(length > 50);
    }

    [Fact]
    public void Text_AfterDispose_IsEmpty()
    {
        CacheKeyText key = $"f:{new string('a', 500)}";
        key.Dispose();
        key.Dispose();
        Assert.Equal(0, key.Text.Length);
    }

    private static int Measure(Guid id, string text)
    {
        using CacheKeyText key = $"f:{id}:{text}:{42}:{CacheKeyText.Name(DayOfWeek.Friday)}:{(int?)7}:{new DateOnly(2026, 11, 22)}";
        return key.Text.Length;
    }
}
