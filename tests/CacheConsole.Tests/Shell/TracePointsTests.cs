using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Tests.Cache;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class TracePointsTests
{
    [Fact]
    public void Of_AnOutage_IsAGap() => Assert.Equal([1, 2, null, 3, 4], Points(200, 0, 15, 180, 195).Select(point => point.Value));

    [Fact]
    public void Of_NoReadingUpToTheEnd_HasNoLatestValue()
    {
        Assert.Null(new ChartSeries("Lag", 1, Points(76, 0, 15)).Latest);
        Assert.Equal(2, new ChartSeries("Lag", 1, Points(75, 0, 15)).Latest);
        Assert.Empty(Points(100));
    }

    [Fact]
    public void Of_AWidth_IsTheLargestOfItsReadingsAndKeepsTheGapsBetween()
    {
        var readings = Readings(0, 15, 30, 250, 265, 600);
        Assert.Equal([3, null, 5, null, 6], TracePoints.Of(readings, Minutes.Start.AddSeconds(610), value => (double?)value, TimeSpan.FromMinutes(2)).Select(point => point.Value));
        // Parts of eight minutes are further apart than a minute, their readings are not.
        var often = Readings([.. Enumerable.Range(0, 100).Select(i => i * 15)]);
        Assert.DoesNotContain(TracePoints.Of(often, Minutes.Start.AddSeconds(1500), value => (double?)value, TimeSpan.FromMinutes(8)), point => point.Value is null);
    }

    private static IReadOnlyList<ChartPoint> Points(int end, params int[] seconds) => TracePoints.Of(Readings(seconds), Minutes.Start.AddSeconds(end), value => (double?)value);

    private static Reading<int>[] Readings(params int[] seconds) => [.. seconds.Select((second, i) => new Reading<int>(Minutes.Start.AddSeconds(second), i + 1))];
}
