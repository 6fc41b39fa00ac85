namespace HotShelf.CacheWorker.Warming;

/// <summary>What to warm: explicit keys, or the most popular keys of some families.</summary>
public sealed record WarmingRequest
{
    /// <summary>Keys such as <c>product:42</c>, at most 10,000. When given, the rest is not looked at.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>Only keys of these families; none means all.</summary>
    public IReadOnlyList<string>? Families { get; init; }

    /// <summary>How many of the most popular keys, 1 to 1,000,000; default what is warmed at start.</summary>
    public int? Top { get; init; }

    /// <summary>What is wrong with the request; null when nothing is.</summary>
    internal string? Wrong() => this switch
    {
        { Keys.Count: > 10_000 } => "keys must be at most 10,000; ask for 'top' instead",
        { Top: < 1 or > 1_000_000 } => "top must be from 1 to 1000000",
        { Families: { } families } when families.Any(string.IsNullOrWhiteSpace) => "families must not be blank",
        { Keys: { } keys } when keys.Any(string.IsNullOrWhiteSpace) => "keys must not be blank",
        _ => null,
    };
}
