namespace HotShelf.Load;

/// <summary>The middle of several rounds: one round that something else disturbed does not change it.</summary>
internal static class Medians
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        // Of an even number, what is half-way between the two in the middle.
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
