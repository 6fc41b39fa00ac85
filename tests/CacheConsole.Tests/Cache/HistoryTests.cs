using HotShelf.CacheConsole.Cache;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class HistoryTests
{
    [Fact]
    public void Points_OfWholeMinutes_AreRatesOfAMinute()
    {
        var points = HistoryPoint.Of([Minutes.Of(0, Minutes.Family("product", l1: 60, l2: 30, misses: 30)), Minutes.Of(1)], 1, Minutes.Start.AddMinutes(2));
        Assert.Equal(2, points.Count);
        Assert.Equal(2, points[0].PerSecond(points[0].Counts.Asked));
        Assert.Equal(0.75, points[0].Counts.HitRatio);
        Assert.Null(points[1].Counts.HitRatio);
        Assert.Null(points[1].PerSecond(points[1].Counts.Asked));
        Assert.Equal(Minutes.Start.AddSeconds(30), points[0].At);
    }

    [Fact]
    public void Points_TheMinuteThatGoesOn_CountsForTheTimeItHasHadAndNotAtItsBeginning()
    {
        var minutes = new[] { Minutes.Of(0, Minutes.Family("price")), Minutes.Of(1, Minutes.Family("price", l1: 40)) };
        Assert.Single(HistoryPoint.Of(minutes, 1, Minutes.Start.AddSeconds(65)));
        var points = HistoryPoint.Of(minutes, 1, Minutes.Start.AddSeconds(80));
        Assert.Equal(2, points[1].PerSecond(points[1].Counts.LocalHits));
    }

    [Fact]
    public void Points_SeveralMinutesEach_AreCountedFromTheNewest()
    {
        var minutes = Enumerable.Range(0, 5).Select(i => Minutes.Of(i, Minutes.Family("product", misses: i))).ToArray();
        var points = HistoryPoint.Of(minutes, 2, Minutes.Start.AddMinutes(5));
        Assert.Equal([0, 3, 7], points.Select(point => point.Counts.Misses));
        Assert.Equal([60, 120, 120], points.Select(point => point.Seconds));
    }

    [Fact]
    public void Points_MinutesWithoutCounts_AreAGapAndNotCounted()
    {
        var minutes = new[] { Minutes.Of(0), Minutes.Of(1, Minutes.Family("product", l1: 60)), Minutes.Of(2), Minutes.Of(3), Minutes.Of(4, Minutes.Family("product", l1: 60)) };
        var points = HistoryPoint.Of(minutes, 1, Minutes.Start.AddMinutes(5));
        Assert.Equal([1, null, null, 1], points.Select(point => point.PerSecond(point.Counts.Asked)));
        // Of two minutes one counted.
        Assert.Equal([1, 1], HistoryPoint.Of(minutes, 2, Minutes.Start.AddMinutes(5)).Select(point => point.PerSecond(point.Counts.Asked)));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 5)]
    [InlineData(20, 19.5)]
    [InlineData(90, 60)]
    public void Begin_OfAChart_IsTheFirstCountButNotLaterThanFiveMinutesAgo(int countedMinutes, double shownMinutes)
    {
        var now = Minutes.Start.AddMinutes(countedMinutes);
        var points = HistoryPoint.Of([.. Enumerable.Range(0, countedMinutes).Select(i => Minutes.Of(i, Minutes.Family("product", l1: 1)))], 1, now);
        Assert.Equal(shownMinutes, (now - HistoryPoint.Begin(points, TimeSpan.FromHours(1), now)).TotalMinutes);
    }

    [Fact]
    public void Points_OfOneFamily_LeaveOthersOut()
    {
        var minutes = new[] { Minutes.Of(0, Minutes.Family("product", l1: 1), Minutes.Family("price", l1: 10)) };
        Assert.Equal(10, HistoryPoint.Of(minutes, 1, Minutes.Start.AddMinutes(1), "price")[0].Counts.LocalHits);
    }

    [Fact]
    public void Latest_IsTheLastWholeMinuteAndTheOneThatGoesOn()
    {
        var minutes = new[] { Minutes.Of(0, Minutes.Family("product", l1: 1000)), Minutes.Of(1, Minutes.Family("product", l1: 60)), Minutes.Of(2, Minutes.Family("product", l1: 30)) };
        var latest = HistoryPoint.Latest(minutes, Minutes.Start.AddSeconds(150))!;
        Assert.Equal(1, latest.PerSecond(latest.Counts.Asked));
        Assert.Null(HistoryPoint.Latest([], Minutes.Start));
    }

    [Theory]
    [InlineData(-40, 120, 0)]
    [InlineData(200, 180, 60)]
    public void Rates_ClockOfTheConsoleIsOff_StayWithinTheLastMinute(int secondsSinceStart, int counted, int last)
    {
        // Redis gives its own current minute last.
        var minutes = Enumerable.Range(0, 3).Select(i => Minutes.Of(i, Minutes.Family("product", l1: 60))).ToArray();
        var now = Minutes.Start.AddSeconds(secondsSinceStart);
        Assert.Equal(counted, HistoryPoint.Whole(minutes, now)!.Seconds);
        Assert.Equal(counted - 60, HistoryPoint.Latest(minutes, now)!.Seconds);
        var points = HistoryPoint.Of(minutes, 1, now);
        Assert.Equal([60, 60, .. last == 0 ? Array.Empty<double>() : [last]], points.Select(point => point.Seconds));
    }

    [Fact]
    public void Families_TheMostReadFirst_WithTheirTrend()
    {
        var rows = FamilyRow.Of([Minutes.Of(0, Minutes.Family("price", l1: 5), Minutes.Family("product", l1: 50, misses: 50))], 1, Minutes.Start.AddMinutes(1));
        Assert.Equal(["product", "price"], rows.Select(row => row.Family));
        Assert.Equal(0.5, rows[0].Trend.Latest);
    }
}
