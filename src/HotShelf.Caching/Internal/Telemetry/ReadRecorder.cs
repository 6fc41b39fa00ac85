using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Local;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>Records the result of a read: in the counters, the span and the observation of its caller.</summary>
internal sealed class ReadRecorder(CacheClock clock)
{
    public void Record(LocalEntry entry, CacheTier tier, CacheResult result, bool joined = false, bool stored = false)
    {
        var counters = entry.Family.Counters;
        var turn = (result, tier) switch
        {
            (CacheResult.Hit, CacheTier.L1) => counters.LocalHits.Increment(),
            (CacheResult.Hit, _) => counters.RemoteHits.Increment(),
            (CacheResult.Stale, CacheTier.L1) => counters.LocalStale.Increment(),
            (CacheResult.Stale, _) => counters.RemoteStale.Increment(),
            _ => counters.Misses.Increment(),
        };
        entry.CountRead(turn);
        if (CacheSpans.IsTracing)
            CacheSpans.TagRead(entry.Family, tier, result, joined);
        if (CacheObservation.Current is { } observation)
            Observe(observation, entry, tier, result, joined, stored);
    }

    public void Observe(CacheObservation observation, LocalEntry entry, CacheTier tier, CacheResult result, bool joined = false, bool stored = false)
    {
        var now = clock.Now;
        var times = entry.Times;
        var timeToLive = times.FreshUntil == CacheClock.Never ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(times.FreshUntil - now);
        observation.Record(entry.Family.Name, tier, result, joined, stored, TimeSpan.FromMilliseconds(Math.Max(0, now - times.Created)), timeToLive, times.FillId);
    }

    public static void ObserveBypass(string? key, CacheTier tier) => CacheObservation.Current?.Record(FamilyTable.NameOf(key).ToString(), tier, CacheResult.Bypass);
}
