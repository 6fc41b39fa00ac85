namespace HotShelf.Catalog.Warming;

/// <summary>How far a warming is, as its worker last wrote it down (once a second).</summary>
public sealed record WarmingStatus
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary><c>queued</c>, <c>running</c>, <c>done</c>, <c>stopped</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it was begun: <c>on request</c>, <c>start</c>, <c>Redis is back</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>Keys to warm in all; 0 until its worker knows.</summary>
    public int Total { get; init; }

    /// <summary>Keys dealt with, failed ones included.</summary>
    public int Done { get; init; }

    /// <summary>Keys that could not be loaded: unknown, or their batch failed.</summary>
    public int Failed { get; init; }

    /// <summary>Keys per second so far.</summary>
    public double Rate { get; init; }

    /// <summary>Seconds to go at this rate; null while unknown and when it has ended.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>Why it stopped or failed.</summary>
    public string? Message { get; init; }

    /// <summary>When it was requested.</summary>
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When a worker took it first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
