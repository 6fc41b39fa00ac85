using System.Runtime.InteropServices;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>
/// Reads what the cache counts anyway, and keeps what grew since the last look under the minute of the look. Who reads the cache pays nothing for it.
/// Not thread-safe.
/// </summary>
internal sealed class FleetSampler(HotShelfCache cache)
{
    /// <summary>Minutes kept while they cannot be delivered; the oldest are given up.</summary>
    private const int MaximumMinutes = 60;

    private readonly Dictionary<(string Family, int Slot), long> _last = [];
    private readonly Dictionary<(long Minute, string Family), Dictionary<int, long>> _grown = [];

    public void Look(long minute)
    {
        foreach (var family in cache.Families.All)
        {
            var counters = family.Counters;
            CountReads(minute, family);
            Count(minute, family.Name, FleetSlots.Joined, counters.Joined.Value);
            Count(minute, family.Name, FleetSlots.LeaseWaits, counters.LeaseWaits.Value);
            Count(minute, family.Name, FleetSlots.Fills, counters.Fills.Value);
            Count(minute, family.Name, FleetSlots.FillErrors, counters.FillErrors.Value);
            Count(minute, family.Name, FleetSlots.FillDurations, counters.FillDurations);
        }

        foreach (var source in Enum.GetValues<InvalidationSource>())
            Count(minute, "", FleetSlots.Invalidations + (int)source, cache.Metrics.InvalidatedBy(source));
        if (!cache.Options.IsFeed)
        {
            Count(minute, "", FleetSlots.LocalReads, cache.Metrics.ReadDurations(CacheTier.L1));
            Count(minute, "", FleetSlots.RemoteReads, cache.Metrics.ReadDurations(CacheTier.L2));
            Count(minute, "", FleetSlots.OriginReads, cache.Metrics.ReadDurations(CacheTier.Origin));
        }

        foreach (var old in _grown.Keys.Where(key => key.Minute <= minute - MaximumMinutes).ToArray())
            _grown.Remove(old);
    }

    /// <summary>All that grew; from then on it starts anew.</summary>
    public IReadOnlyList<FleetCounts> Take()
    {
        var taken = _grown.Select(item => new FleetCounts(item.Key.Minute, item.Key.Family, item.Value)).ToArray();
        _grown.Clear();
        return taken;
    }

    /// <summary>Whoever feeds the cache misses when it warms and hits when it looks after hot keys: among the readers' reads that would say nothing of what readers get.</summary>
    private void CountReads(long minute, FamilyState family)
    {
        var counters = family.Counters;
        if (cache.Options.IsFeed)
        {
            Count(minute, family.Name, FleetSlots.FeedReads, counters.Asked);
            return;
        }

        Count(minute, family.Name, FleetSlots.LocalHits, counters.LocalHits.Value);
        Count(minute, family.Name, FleetSlots.RemoteHits, counters.RemoteHits.Value);
        Count(minute, family.Name, FleetSlots.LocalStale, counters.LocalStale.Value);
        Count(minute, family.Name, FleetSlots.RemoteStale, counters.RemoteStale.Value);
        Count(minute, family.Name, FleetSlots.Misses, counters.Misses.Value);
        Count(minute, family.Name, FleetSlots.Errors, counters.Failures.Value);
    }

    private void Count(long minute, string family, int first, DurationCounter durations)
    {
        for (var bucket = 0; bucket < DurationBuckets.Count; bucket++)
        {
            if (durations[bucket] is > 0 and var value)
                Count(minute, family, first + bucket, value);
        }
    }

    private void Count(long minute, string family, int slot, long value)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, (family, slot), out _);
        var grown = value - last;
        last = value;
        if (grown <= 0)
            return;
        if (!_grown.TryGetValue((minute, family), out var counts))
            _grown[(minute, family)] = counts = [];
        counts[slot] = counts.GetValueOrDefault(slot) + grown;
    }
}
