using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Families;

/// <summary>One family: its policy, its counts and the places for its loaders.</summary>
internal sealed class FamilyState(string name, CachePolicy policy, bool isShared)
{
    public string Name => name;

    public CachePolicy Policy => policy;

    public FamilyCounters Counters { get; } = new();

    public FillGate Gate { get; } = new(name, policy.MaximumConcurrentFills, policy.MaximumQueuedFills, policy.LoaderHardTimeout);

    /// <summary>True from a failed load until the next that succeeds, so that a failing origin is logged once.</summary>
    public bool IsFailing { get; set; }

    /// <summary>The family by which an entry is hidden: its key's own, also where many unknown families share one state. Nothing is kept for one that was never removed.</summary>
    public ReadOnlySpan<char> TagFamily(ReadOnlySpan<char> key) => isShared ? FamilyTable.NameOf(key) : name;

    /// <summary><paramref name="span"/> shortened by a random share up to the policy's jitter.</summary>
    public TimeSpan Jittered(TimeSpan span) =>
        policy.Jitter <= 0 || span == TimeSpan.MaxValue ? span : span - span * (policy.Jitter * Random.Shared.NextDouble());
}
