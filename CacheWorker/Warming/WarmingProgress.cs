namespace HotShelf.CacheWorker.Warming;

/// <summary>How far the warming is. A snapshot; <c>GET /warming</c> answers it as JSON.</summary>
public sealed record WarmingProgress
{
    /// <summary><c>idle</c>, <c>waiting</c> (for the cache), <c>running</c>, <c>done</c>, <c>stopped</c> or <c>failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it was begun or stopped.</summary>
    public string? Reason { get; init; }

    /// <summary>Keys to warm in all.</summary>
    public int Total { get; init; }

    /// <summary>Keys dealt with, failed ones included.</summary>
    public int Done { get; init; }

    /// <summary>Keys that could not be loaded: unknown, or their batch failed.</summary>
    public int Failed { get; init; }

    /// <summary>Keys per second so far.</summary>
    public double Rate { get; init; }

    /// <summary>Seconds to go at this rate; null while unknown.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Requests that wait behind this one.</summary>
    public int Queued { get; init; }
}
