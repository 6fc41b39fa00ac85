using System.Collections.Concurrent;

namespace HotShelf.Caching.Internal.Families;

/// <summary>
/// Finds the family of a key. The number of families is bounded, because keys may come from anywhere: beyond the bound, families without a policy
/// share the family <c>(other)</c>, so that the number of metric series is bounded too. No policy can be set for that name: which families share it differs by process.
/// </summary>
internal sealed class FamilyTable
{
    /// <summary>The family that the others share.</summary>
    public const string Other = "(other)";

    private const int MaximumUnknown = 32;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, FamilyState> _families = new(StringComparer.Ordinal);
    private readonly HotShelfCachingOptions _options;
    private readonly FamilyState _other;
    private int _unknown;

    public FamilyTable(HotShelfCachingOptions options)
    {
        _options = options;
        _other = new FamilyState(Other, options.Default, isShared: true);
        foreach (var (name, policy) in options.Families)
            _families[name] = new FamilyState(name, policy, isShared: false);
        _families[Other] = _other;
    }

    public IEnumerable<FamilyState> All => _families.Select(static pair => pair.Value);

    /// <summary>Reads that L1 answered so far, of all families.</summary>
    public long LocalHits => All.Sum(static family => family.Counters.LocalHits.Value + family.Counters.LocalStale.Value);

    /// <summary>The part before the first <c>':'</c>; <c>default</c> for a key without one.</summary>
    public static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> key)
    {
        var end = key.IndexOf(':');
        return end > 0 ? key[..end] : "default";
    }

    public FamilyState Of(ReadOnlySpan<char> key)
    {
        var name = NameOf(key);
        return _families.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var known) ? known : Add(name.ToString());
    }

    private FamilyState Add(string name)
    {
        if (name.Length > 64 || Volatile.Read(ref _unknown) >= MaximumUnknown)
            return _other;
        lock (_lock)
        {
            if (_families.TryGetValue(name, out var known))
                return known;
            if (_unknown == MaximumUnknown)
                return _other;
            Volatile.Write(ref _unknown, _unknown + 1);
            return _families[name] = new FamilyState(name, _options.Default, isShared: false);
        }
    }
}
