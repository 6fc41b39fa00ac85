using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;

namespace HotShelf.Caching.Fleet;

/// <summary>
/// Listens to the cache's meter, and records the increase of its counts under the current minute. No cost on the hit path, whose counters are read here only.
/// <see cref="Look"/> is not thread-safe.
/// </summary>
internal sealed class FleetSampler : IDisposable
{
    /// <summary>Maximum minutes kept while they cannot be sent; the oldest are dropped.</summary>
    private const int MaximumMinutes = 60;

    /// <summary>An older lag is not that of now: a node that changes nothing measures none.</summary>
    private static readonly TimeSpan s_longestLag = TimeSpan.FromMinutes(5);

    private static readonly int[] s_reads = [FleetSlots.LocalHits, FleetSlots.RemoteHits, FleetSlots.LocalStale, FleetSlots.RemoteStale, FleetSlots.Misses, FleetSlots.Errors];

    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly bool _isFeed;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Family, int Slot), long> _counts = new();
    private readonly ConcurrentDictionary<(string Family, int First), DurationCounter> _durations = new();
    private readonly Dictionary<(string Family, int Slot), long> _last = [];
    private readonly Dictionary<(long Minute, string Family), Dictionary<int, long>> _grown = [];
    private long _lag;
    private long _lagAt;

    /// <param name="isFeed">True for a cache whose reads are not those of users.</param>
    /// <param name="meters">The factory of the cache's meter: other caches of the process have other ones.</param>
    /// <param name="time">The clock.</param>
    public FleetSampler(bool isFeed, IMeterFactory? meters, TimeProvider time)
    {
        (_isFeed, _time) = (isFeed, time);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // The meter of a keyed cache has a tag.
            if (instrument.Meter.Name == CacheDiagnostics.MeterName && instrument.Meter.Scope == meters && instrument.Meter.Tags?.Any() != true && IsUsed(instrument.Name))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.SetMeasurementEventCallback<double>(Time);
        _listener.Start();
    }

    /// <summary>The latest measured time between a change by this node and its report by client tracking; null when none was measured lately.</summary>
    public TimeSpan? CoherenceLag => Volatile.Read(ref _lag) is > 0 and var ticks && _time.GetElapsedTime(Volatile.Read(ref _lagAt)) <= s_longestLag ? new TimeSpan(ticks) : null;

    public void Look(long minute)
    {
        _listener.RecordObservableInstruments();
        lock (_lock)
            Record(minute);
    }

    private void Record(long minute)
    {
        foreach (var ((family, slot), count) in _counts)
        {
            if (!_isFeed || !s_reads.Contains(slot))
                Grow(minute, family, slot, count);
        }

        // The reads of a cache warmer say nothing about the hit ratio of users.
        if (_isFeed)
        {
            foreach (var family in _counts.Where(static count => s_reads.Contains(count.Key.Slot)).GroupBy(static count => count.Key.Family))
                Grow(minute, family.Key, FleetSlots.FeedReads, family.Sum(static count => count.Value));
        }

        foreach (var ((family, first), durations) in _durations)
        {
            for (var bucket = 0; bucket < DurationBuckets.Count; bucket++)
            {
                if (durations[bucket] is > 0 and var count)
                    Grow(minute, family, first + bucket, count);
            }
        }

        foreach (var old in _grown.Keys.Where(key => key.Minute <= minute - MaximumMinutes).ToArray())
            _grown.Remove(old);
    }

    /// <summary>All increases that were recorded and not taken; may be read by any thread.</summary>
    public IReadOnlyList<FleetCounts> Counts
    {
        get
        {
            lock (_lock)
                return [.. _grown.Select(static item => new FleetCounts(item.Key.Minute, item.Key.Family, new Dictionary<int, long>(item.Value)))];
        }
    }

    /// <summary>Takes all recorded increases.</summary>
    public IReadOnlyList<FleetCounts> Take()
    {
        lock (_lock)
        {
            var taken = Counts;
            _grown.Clear();
            return taken;
        }
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsUsed(string instrument) => instrument is "hotshelf.cache.requests" or "hotshelf.cache.fills" or "hotshelf.cache.fill.errors" or "hotshelf.cache.fill.joined"
        or "hotshelf.cache.lease.waited" or "hotshelf.cache.invalidations" or "hotshelf.cache.read.duration" or "hotshelf.cache.fill.duration" or "hotshelf.cache.coherence.lag";

    private void Count(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var slot = instrument.Name switch
        {
            "hotshelf.cache.requests" => SlotOf(Tag(tags, "hotshelf.cache.tier"), Tag(tags, "hotshelf.cache.result")),
            "hotshelf.cache.fills" => FleetSlots.Fills,
            "hotshelf.cache.fill.errors" => FleetSlots.FillErrors,
            "hotshelf.cache.fill.joined" => FleetSlots.Joined,
            "hotshelf.cache.lease.waited" => FleetSlots.LeaseWaits,
            _ => FleetSlots.Invalidations + (int)(Enum.TryParse<InvalidationSource>(Tag(tags, "hotshelf.cache.invalidation.source"), ignoreCase: true, out var source) ? source : InvalidationSource.Local),
        };
        var key = (Tag(tags, "hotshelf.cache.family"), slot);
        // An observed count is a total.
        if (instrument.IsObservable)
            _counts[key] = count;
        else
            _counts.AddOrUpdate(key, static (_, more) => more, static (_, sum, more) => sum + more, count);
    }

    private void Time(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var time = TimeSpan.FromSeconds(seconds);
        switch (instrument.Name)
        {
            case "hotshelf.cache.coherence.lag":
                Volatile.Write(ref _lagAt, _time.GetTimestamp());
                Volatile.Write(ref _lag, Math.Max(1, time.Ticks));
                break;
            case "hotshelf.cache.fill.duration":
                Durations(Tag(tags, "hotshelf.cache.family"), FleetSlots.FillDurations).Record(time);
                break;
            case "hotshelf.cache.read.duration" when !_isFeed:
                Durations("", Tag(tags, "hotshelf.cache.tier") switch { "l1" => FleetSlots.LocalReads, "l2" => FleetSlots.RemoteReads, _ => FleetSlots.OriginReads }).Record(time);
                break;
        }
    }

    private DurationCounter Durations(string family, int first) => _durations.GetOrAdd((family, first), static _ => new DurationCounter());

    private static int SlotOf(string tier, string result) => (tier, result) switch
    {
        ("l1", "hit") => FleetSlots.LocalHits,
        ("l2", "hit") => FleetSlots.RemoteHits,
        ("l1", _) => FleetSlots.LocalStale,
        ("l2", _) => FleetSlots.RemoteStale,
        (_, "miss") => FleetSlots.Misses,
        _ => FleetSlots.Errors,
    };

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
                return value as string ?? "";
        }

        return "";
    }

    private void Grow(long minute, string family, int slot, long count)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, (family, slot), out _);
        var grown = count - last;
        last = count;
        if (grown <= 0)
            return;
        if (!_grown.TryGetValue((minute, family), out var counts))
            _grown[(minute, family)] = counts = [];
        counts[slot] = counts.GetValueOrDefault(slot) + grown;
    }
}
