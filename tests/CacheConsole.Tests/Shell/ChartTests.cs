using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Tests.Shell;

public sealed class ChartTests
{
    private static readonly DateTimeOffset s_from = new(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);
    private static readonly ViewerClock s_utc = new(Viewer.Unknown);

    [Theory]
    [InlineData(7, 8)]
    [InlineData(100, 100)]
    [InlineData(160, 200)]
    [InlineData(0.9, 1)]
    public void Linear_Top_IsTheNextRoundNumber(double largest, double top)
    {
        var axis = ChartAxis.Linear(largest, null, NumberUnit.PerSecond);
        Assert.Equal(largest / top, axis.Position(largest), 6);
        Assert.InRange(axis.Ticks.Count, 4, 6);
        Assert.Equal((0, 1), (axis.Ticks[0].Position, axis.Ticks[^1].Position));
    }

    [Fact]
    public void Linear_WithoutValues_StillHasAScale()
    {
        Assert.Equal(["0 %", "25 %", "50 %", "75 %", "100 %"], ChartAxis.Linear(0, null, NumberUnit.Percent).Ticks.Select(tick => tick.Label));
        Assert.Equal("1 KiB", ChartAxis.Linear(double.NaN, null, NumberUnit.Bytes).Ticks[^1].Label);
    }

    [Fact]
    public void Linear_OfThings_CountsInWholeOnes() =>
        Assert.Equal(["0", "1", "2"], ChartAxis.Linear(2, null, NumberUnit.Count).Ticks.Select(tick => tick.Label));

    [Fact]
    public void Logarithmic_Ticks_ArePowersOfTenAroundAllValues()
    {
        var axis = ChartAxis.Logarithmic(0.000_03, 0.2, NumberUnit.Seconds);
        Assert.Equal(["10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"], axis.Ticks.Select(tick => tick.Label));
        Assert.Equal(0.4, axis.Position(0.001), 6);
        Assert.Equal(0, axis.Position(0));
    }

    [Theory]
    [InlineData(15, 5)]
    [InlineData(60, 10)]
    [InlineData(360, 60)]
    [InlineData(1440, 240)]
    public void Times_Ticks_AreRoundAndSixAtMost(int minutes, int step)
    {
        var ticks = ChartTimes.Ticks(s_from.AddMinutes(3), s_from.AddMinutes(3 + minutes), s_utc);
        Assert.InRange(ticks.Count, 2, 6);
        Assert.All(ticks, tick => Assert.Equal(0, TimeOnly.Parse(tick.Label, System.Globalization.CultureInfo.InvariantCulture).ToTimeSpan().TotalMinutes % step));
    }

    [Fact]
    public void Times_InAZoneOffByHalfAnHour_AreRoundThere()
    {
        var ticks = ChartTimes.Ticks(s_from, s_from.AddHours(6), new ViewerClock(new Viewer("system", null, 330)));
        Assert.Equal("16:00", ticks[0].Label);
    }

    [Fact]
    public void Plot_PointsWithoutValue_LeaveAGap()
    {
        var plot = Plot(ChartKind.Lines, [1, null, 3, 4]);
        Assert.Equal("M0 750m-4 0h8M500 250L750 0", plot.Shapes[0].Line);
        Assert.False(plot.IsEmpty);
    }

    [Fact]
    public void Plot_Stacked_LayersStandOnEachOtherAndTheLowestIsDrawnLast()
    {
        var plot = Plot(ChartKind.Stacked, [2, 2, 2, 2], [2, 0, null, 2]);
        Assert.Equal([2, 1], plot.Shapes.Select(shape => shape.Colour));
        Assert.Equal("M0 0L250 500L500 500L750 0", plot.Shapes[0].Line);
        Assert.Equal("M0 500L250 500L500 500L750 500", plot.Shapes[1].Line);
        Assert.EndsWith("L750 500L500 500L250 500L0 500Z", plot.Shapes[0].Area, StringComparison.Ordinal);
    }

    [Fact]
    public void Plot_StackedWithoutAnyValueAtATime_LeavesAGapInEachLayer()
    {
        var plot = Plot(ChartKind.Stacked, [2, null, 2, 2], [2, null, null, 2]);
        Assert.All(plot.Shapes, shape => Assert.Equal(2, shape.Area!.Count(command => command == 'M')));
        Assert.Equal("M0 0m-4 0h8M500 500L750 0", plot.Shapes[0].Line);
    }

    [Fact]
    public void Plot_WithoutAnyValue_SaysSo() => Assert.True(Plot(ChartKind.Lines, [null, null, null, null]).IsEmpty);

    private static ChartPlot Plot(ChartKind kind, double?[] first, double?[]? second = null) => ChartPlot.Of(
        [.. new[] { first, second }.OfType<double?[]>().Select((line, i) => new ChartSeries($"{i}", i + 1, [.. line.Select((value, at) => new ChartPoint(s_from.AddMinutes(at), value))]))],
        kind, ChartScale.Linear, NumberUnit.Count, null, s_from, s_from.AddMinutes(4), s_utc);
}
