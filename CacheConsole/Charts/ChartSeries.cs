namespace HotShelf.CacheConsole.Charts;

/// <summary>One line or layer of a chart.</summary>
/// <param name="Name">As the legend calls it.</param>
/// <param name="Colour">1 to 6, one of the variables <c>--series-n</c>.</param>
/// <param name="Points">In the order of time; a point without a value leaves a gap.</param>
public sealed record ChartSeries(string Name, int Colour, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>The value of the last point; null when it has none.</summary>
    public double? Latest => Points.Count > 0 ? Points[^1].Value : null;
}

/// <summary>A value at a time; null when there is none.</summary>
public readonly record struct ChartPoint(DateTimeOffset At, double? Value);

/// <summary>How series are drawn.</summary>
public enum ChartKind
{
    Lines,

    /// <summary>One upon the other, for parts of a whole.</summary>
    Stacked,
}

/// <summary>How values become heights.</summary>
public enum ChartScale
{
    /// <summary>From zero.</summary>
    Linear,

    /// <summary>By powers of ten, for durations of a microsecond beside those of a second.</summary>
    Logarithmic,
}

/// <summary>A line of the grid.</summary>
/// <param name="Position">Where, 0 to 1, from the left or from the bottom.</param>
/// <param name="Label">What it says.</param>
public readonly record struct ChartTick(double Position, string Label);

/// <summary>What is drawn of a series on a field of 1,000 by 1,000.</summary>
/// <param name="Colour">Its colour.</param>
/// <param name="Line">The path of its line.</param>
/// <param name="Area">The path of its layer; null for a line.</param>
public readonly record struct ChartShape(int Colour, string Line, string? Area);
