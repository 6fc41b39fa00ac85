namespace HotShelf.CacheConsole.Actions;

/// <summary>What to warm: the most popular keys, of some families or of all.</summary>
/// <param name="Families">None: all.</param>
/// <param name="Top">How many; null: as many as at start.</param>
internal sealed record WarmingOrder(IReadOnlyList<string>? Families, int? Top);

/// <summary>How far a warming is, as the API tells it.</summary>
public sealed record Warming
{
    public required long Id { get; init; }

    /// <summary><c>queued</c>, <c>running</c>, <c>done</c>, <c>stopped</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public required string State { get; init; }

    public required string Reason { get; init; }

    public int Total { get; init; }

    public int Done { get; init; }

    public int Failed { get; init; }

    /// <summary>Keys a second so far.</summary>
    public double Rate { get; init; }

    public double? EtaSeconds { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset RequestedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public bool IsActive => State is "queued" or "running";
}
