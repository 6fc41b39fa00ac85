using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Families;

/// <summary>One family: its policy, its counters and its fill gate.</summary>
internal sealed class FamilyState(string name, CachePolicy policy, bool isShared)
{
    public string Name => name;

    public CachePolicy Policy => policy;

    public FamilyCounters Counters { get; } = new();

    public FillGate Gate { get; } = new(name, policy.MaximumConcurrentFills, policy.MaximumQueuedFills, policy.LoaderHardTimeout);

    /// <summary>True from a failed load until the next success, so that a failing origin is logged once.</summary>
    public bool IsFailing { get; set; }

    /// <summary>The family name for removals: the key's own, also when many unknown families share one state. Names that were never removed use no memory.</summary>
    public ReadOnlySpan<char> TagFamily(ReadOnlySpan<char> key) => isShared ? FamilyTable.NameOf(key) : name;

    /// <summary><paramref name="span"/> minus a random share up to the policy's jitter.</summary>
    public TimeSpan Jittered(TimeSpan span) =>
        policy.Jitter <= 0 || span == TimeSpan.MaxValue ? span : span - span * (policy.Jitter * Random.Shared.NextDouble());
}
