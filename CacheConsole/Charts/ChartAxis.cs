using HotShelf.CacheConsole.Viewing;

namespace HotShelf.CacheConsole.Charts;

/// <summary>Turns values into heights, and chooses the lines of the grid: round numbers, four or five of them.</summary>
internal sealed class ChartAxis
{
    private readonly bool _isLogarithmic;
    private readonly double _low;
    private readonly double _high;

    private ChartAxis(bool isLogarithmic, double low, double high, IReadOnlyList<ChartTick> ticks) => (_isLogarithmic, _low, _high, Ticks) = (isLogarithmic, low, high, ticks);

    public IReadOnlyList<ChartTick> Ticks { get; }

    /// <summary>0 at the bottom, 1 at the top; what lies outside stays at the edge.</summary>
    public double Position(double value)
    {
        var scaled = _isLogarithmic ? Math.Log10(Math.Max(value, double.Epsilon)) : value;
        return Math.Clamp((scaled - _low) / (_high - _low), 0, 1);
    }

    /// <summary>From zero to a round number above the largest value, or to <paramref name="maximum"/>.</summary>
    public static ChartAxis Linear(double largest, double? maximum, NumberUnit unit)
    {
        var top = maximum ?? largest;
        if (!(top > 0) || !double.IsFinite(top))
            top = unit == NumberUnit.Percent ? 1 : unit == NumberUnit.Bytes ? 1024 : unit == NumberUnit.Seconds ? 0.001 : 1;
        var step = Step(top / 4, unit);
        var count = (int)Math.Ceiling((top / step) - 1e-9);
        var high = maximum ?? step * count;
        var ticks = Enumerable.Range(0, count + 1).Where(i => step * i <= high * 1.0001).Select(i => new ChartTick(step * i / high, Humanize.Number(step * i, unit)));
        return new ChartAxis(false, 0, high, [.. ticks]);
    }

    /// <summary>Whole powers of ten around all values.</summary>
    public static ChartAxis Logarithmic(double smallest, double largest, NumberUnit unit)
    {
        if (!(smallest > 0) || !(largest > 0) || !double.IsFinite(largest))
            (smallest, largest) = (1e-6, 1);
        var low = (int)Math.Floor(Math.Log10(smallest) + 1e-9);
        var high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(largest) - 1e-9));
        var every = high - low > 5 ? 2 : 1;
        var ticks = Enumerable.Range(low, high - low + 1).Where(power => (power - low) % every == 0)
            .Select(power => new ChartTick((double)(power - low) / (high - low), Humanize.Number(Math.Pow(10, power), unit)));
        return new ChartAxis(true, low, high, [.. ticks]);
    }

    // 1, 2 or 5 times a power of ten; for bytes a power of two.
    private static double Step(double rough, NumberUnit unit)
    {
        if (unit == NumberUnit.Bytes)
            return Math.Pow(2, Math.Ceiling(Math.Log2(Math.Max(rough, 1))));
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough) + 1e-9));
        var step = (rough / power) switch { <= 1.0001 => power, <= 2.0001 => 2 * power, <= 2.5001 => 2.5 * power, <= 5.0001 => 5 * power, _ => 10 * power };
        // Things are not counted in halves.
        return unit == NumberUnit.Count ? Math.Max(1, Math.Ceiling(step)) : step;
    }
}
