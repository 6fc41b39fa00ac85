namespace HotShelf.Load;

/// <summary>The middle of several rounds: one round that something else disturbed does not change it.</summary>
internal static class Medians
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
