namespace HotShelf.CacheWorker.Sweeping;

/// <summary>How keys of other versions of the cache are removed from Redis; configuration section <c>Worker:Sweep</c>, checked at start.</summary>
public sealed class SweepOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Worker:Sweep";

    /// <summary>Sweeps versions by itself when no worker of theirs has been seen for <see cref="UnusedFor"/>. Default false: they expire by themselves.</summary>
    public bool AfterVersionBump { get; set; }

    /// <summary>How long no worker of a version must have been seen, 1 minute to 30 days. Default 1 hour: long enough to roll a deployment back.</summary>
    public TimeSpan UnusedFor { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Keys that Redis looks through and removes in one step, 1 to 10,000. Default 200.</summary>
    public int StepSize { get; set; } = 200;

    /// <summary>When a step takes Redis longer than this, the next waits ten times as long as it took, 1 ms to 10 s. Default 5 ms.</summary>
    public TimeSpan SlowStep { get; set; } = TimeSpan.FromMilliseconds(5);
}
