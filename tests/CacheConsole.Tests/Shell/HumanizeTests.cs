using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class HumanizeTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(7, "7")]
    [InlineData(999, "999")]
    [InlineData(1_000, "1 k")]
    [InlineData(1_234, "1.23 k")]
    [InlineData(12_345, "12.3 k")]
    [InlineData(999_999, "1 M")]
    [InlineData(-1_500, "-1.5 k")]
    public void Number_OfThings_HasThreeDigitsThatMatter(double value, string text) => Assert.Equal(text, Humanize.Number(value, NumberUnit.Count));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1_023, "1023 B")]
    [InlineData(1_024, "1 KiB")]
    [InlineData(1_536, "1.5 KiB")]
    [InlineData(268_435_456, "256 MiB")]
    public void Number_OfBytes_CountsInPowersOf1024(double value, string text) => Assert.Equal(text, Humanize.Number(value, NumberUnit.Bytes));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.000_000_045, "45 ns")]
    [InlineData(0.000_515, "515 µs")]
    [InlineData(0.0125, "12.5 ms")]
    [InlineData(3.5, "3.5 s")]
    [InlineData(71, "1 min 11 s")]
    [InlineData(3_600, "1 h")]
    [InlineData(7_080, "1 h 58 min")]
    [InlineData(200_000, "2 d 7 h")]
    public void Number_OfSeconds_TakesTheUnitThatFits(double value, string text) => Assert.Equal(text, Humanize.Number(value, NumberUnit.Seconds));

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(1, "100 %")]
    [InlineData(0.5, "50 %")]
    [InlineData(0.663, "66.3 %")]
    [InlineData(0.9997, "99.97 %")]
    [InlineData(0.999_99, "> 99.99 %")]
    [InlineData(0.000_01, "< 0.01 %")]
    public void Number_OfAShare_IsNeverRoundedToAllOrNone(double value, string text) => Assert.Equal(text, Humanize.Number(value, NumberUnit.Percent));

    [Fact]
    public void Exact_HoldsWhatTheShortFormLeavesOut()
    {
        Assert.Equal("1,234,567", Humanize.Exact(1_234_567, NumberUnit.Count));
        Assert.Equal("1,536 bytes", Humanize.Exact(1_536, NumberUnit.Bytes));
        Assert.Equal("0.000515 s", Humanize.Exact(0.000_515, NumberUnit.Seconds));
        Assert.Equal("not known", Humanize.Exact(double.NaN, NumberUnit.Count));
    }

    [Theory]
    [InlineData(0.4, "now")]
    [InlineData(59, "59 s ago")]
    [InlineData(61, "1 min ago")]
    [InlineData(7_200, "2 h ago")]
    [InlineData(172_800, "2 d ago")]
    public void Age_TakesTheLargestUnitThatSaysEnough(double seconds, string text) => Assert.Equal(text, Humanize.Age(TimeSpan.FromSeconds(seconds)));
}
