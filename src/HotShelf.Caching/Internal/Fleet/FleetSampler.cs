using System.Runtime.InteropServices;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Telemetry;

namespace HotShelf.Caching.Internal.Fleet;

/// <summary>
/// Samples the counters of the cache, and records their increase under the current minute. No cost on the hit path.
/// Not thread-safe.
/// </summary>
internal sealed class FleetSampler(HotShelfCache cache)
{
    /// <summary>Maximum minutes kept while they cannot be sent; the oldest are dropped.</summary>
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

    /// <summary>Takes all recorded increases.</summary>
    public IReadOnlyList<FleetCounts> Take()
    {
        var taken = _grown.Select(item => new FleetCounts(item.Key.Minute, item.Key.Family, item.Value)).ToArray();
        _grown.Clear();
        return taken;
    }

    /// <summary>The reads of a cache warmer are not counted: they say nothing about the hit ratio of users.</summary>
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
