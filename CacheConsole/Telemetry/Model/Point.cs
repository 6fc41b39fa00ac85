namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>What a series was at one moment.</summary>
/// <param name="Time">When it was reported.</param>
/// <param name="Value">The value of a sum or gauge; of a histogram the sum of all measurements.</param>
/// <param name="Count">Measurements of a histogram.</param>
/// <param name="Buckets">Measurements in each bucket of a histogram; null for everything else.</param>
public readonly record struct Point(DateTimeOffset Time, double Value, long Count = 0, long[]? Buckets = null)
{
    /// <summary>Bytes in a list, without the buckets.</summary>
    public const int Size = 40;

    public Point Plus(Point added) => added with
    {
        Value = Value + added.Value,
        Count = Count + added.Count,
        Buckets = Buckets is { } mine && added.Buckets is { } theirs ? [.. mine.Zip(theirs, static (a, b) => a + b)] : added.Buckets,
    };

    /// <summary>
    /// What happened between an earlier point and this one. A count that became smaller began anew with its process: all of it is since then.
    /// </summary>
    public Point Since(Point earlier)
    {
        var isReset = Buckets is null ? Value < earlier.Value : Count < earlier.Count;
        if (isReset)
            return this;
        return this with
        {
            Value = Value - earlier.Value,
            Count = Count - earlier.Count,
            Buckets = Buckets is { } mine && earlier.Buckets is { } theirs && mine.Length == theirs.Length ? [.. mine.Zip(theirs, static (a, b) => Math.Max(0, a - b))] : Buckets,
        };
    }
}
