using System.Diagnostics.Metrics;
using HotShelf.Caching.Internal.Families;
using HotShelf.Caching.Internal.Frames;

namespace HotShelf.Caching.Internal.Telemetry;

/// <summary>
/// Every instrument of the cache, named after OpenTelemetry's conventions. No attribute is a key, so the number of series is bounded. Counts of reads
/// are kept by the families and only read here, when metrics are collected.
/// </summary>
internal sealed class CacheMetrics : IDisposable
{
    private const string FamilyAttribute = "hotshelf.cache.family";

    private readonly Meter _meter;
    private readonly Histogram<double> _readDuration;
    private readonly Histogram<double> _fillDuration;
    private readonly Histogram<double> _coherenceLag;
    private readonly Histogram<int> _payloadSize;
    private readonly Counter<long> _fillErrors;
    private readonly Counter<long> _invalidations;
    private readonly Counter<long> _framesRejected;
    private readonly Counter<long> _payloadsRejected;
    private readonly Counter<long> _bypassed;
    private readonly TimeProvider _time;
    private ITimer? _sampler;
    private volatile HotShelfCache? _cache;

    public CacheMetrics(IMeterFactory? meters, TimeProvider time, string? cacheName)
    {
        _time = time;
        KeyValuePair<string, object?>[] tags = cacheName is null ? [] : [new("hotshelf.cache.name", cacheName)];
        var options = new MeterOptions(CacheDiagnostics.MeterName) { Version = CacheDiagnostics.Version, Tags = tags };
        _meter = meters?.Create(options) ?? new Meter(options);
        _meter.CreateObservableCounter("hotshelf.cache.requests", Requests, "{request}", "Reads, by where and how they were answered.");
        _meter.CreateObservableGauge("hotshelf.cache.hit_ratio", HitRatios, "1", "Share of reads of the last minute that were answered from the cache, fresh or stale, by family; the family * is all of them.");
        _meter.CreateObservableCounter("hotshelf.cache.fills", () => PerFamily(family => family.Counters.Fills.Value), "{fill}", "Runs of the loader.");
        _meter.CreateObservableCounter("hotshelf.cache.fill.joined", () => PerFamily(family => family.Counters.Joined.Value), "{request}", "Reads that waited for a fill or a look-up in Redis that another caller of this process had started.");
        _meter.CreateObservableGauge("hotshelf.cache.fill.queued", () => PerFamily(family => (long)family.Gate.Queued), "{fill}", "Loaders that wait for a place.");
        _meter.CreateObservableCounter("hotshelf.cache.lease.waited", () => PerFamily(family => family.Counters.LeaseWaits.Value), "{fill}", "Fills that waited for another process.");
        _meter.CreateObservableGauge("hotshelf.cache.l1.size", () => _cache?.Local.Size ?? 0, "By", "Estimated memory of the entries in L1.");
        _meter.CreateObservableGauge("hotshelf.cache.l1.entries", () => (long)(_cache?.Local.Count ?? 0), "{entry}", "Entries in L1.");
        _meter.CreateObservableCounter("hotshelf.cache.l1.evictions", () => _cache?.Local.Evictions ?? 0, "{entry}", "Entries pushed out of L1 because it was full.");
        _meter.CreateObservableGauge("hotshelf.cache.l2.state", States, "{state}", "1 for the state that the circuit to Redis is in: closed, open or half-open.");
        _meter.CreateObservableGauge("hotshelf.cache.coherence.state", Coherence, "{state}", "1 for the way in which L1 learns of changes: tracking, lost or none.");
        _meter.CreateObservableGauge("hotshelf.cache.invalidation.pending", () => (long)(_cache?.PendingInvalidationCount ?? 0), "{invalidation}", "Invalidations that wait for Redis to come back.");
        _readDuration = _meter.CreateHistogram<double>("hotshelf.cache.read.duration", "s", "Time of a read by where it was answered or, for l2, looked up; l1 is sampled.", advice: Seconds(0.0000001, 0.00000025, 0.0000005, 0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005));
        _fillDuration = _meter.CreateHistogram<double>("hotshelf.cache.fill.duration", "s", "Time of a loader's run, waiting for its place included.", advice: Seconds());
        _coherenceLag = _meter.CreateHistogram<double>("hotshelf.cache.coherence.lag", "s", "Time from a change of this node's own until the stream told of it.", advice: Seconds());
        _payloadSize = _meter.CreateHistogram("hotshelf.cache.payload.size", "By", "Size of stored values, raw and as stored.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [128, 512, 1024, 4096, 16384, 65536, 262144, 1048576] });
        _fillErrors = _meter.CreateCounter<long>("hotshelf.cache.fill.errors", "{fill}", "Runs of the loader that failed, by the type of the exception.");
        _invalidations = _meter.CreateCounter<long>("hotshelf.cache.invalidations", "{invalidation}", "Keys and tags invalidated, by source.");
        _framesRejected = _meter.CreateCounter<long>("hotshelf.cache.frames.rejected", "{frame}", "Stored entries that could not be used, by reason.");
        _payloadsRejected = _meter.CreateCounter<long>("hotshelf.cache.payloads.rejected", "{value}", "Values too large to be cached.");
        _bypassed = _meter.CreateCounter<long>("hotshelf.cache.bypassed", "{request}", "Reads whose key the cache does not work with.");
    }

    public void Attach(HotShelfCache cache)
    {
        _cache = cache;
        _sampler = _time.CreateTimer(static state => ((CacheMetrics)state!).Sample(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public void Detach(HotShelfCache cache)
    {
        if (_cache == cache)
            Dispose();
    }

    /// <summary>False when the durations of reads are not used, and need not be measured.</summary>
    public bool TimesReads => _readDuration.Enabled;

    public void ReadTook(CacheTier tier, TimeSpan elapsed) => ReadTook(tier, elapsed.TotalSeconds);

    public void ReadTook(CacheTier tier, double seconds) => _readDuration.Record(seconds, new KeyValuePair<string, object?>("hotshelf.cache.tier", NameOf(tier)));

    public void FillTook(FamilyState family, TimeSpan elapsed) => _fillDuration.Record(elapsed.TotalSeconds, Label(family));

    public void FillFailed(FamilyState family, Exception exception) => _fillErrors.Add(1, Label(family), new("error.type", exception.GetType().FullName));

    public void RecordInvalidationLag(TimeSpan elapsed) => _coherenceLag.Record(elapsed.TotalSeconds);

    public void Stored(FamilyState family, int raw, int stored)
    {
        _payloadSize.Record(raw, Label(family), new("hotshelf.cache.payload.form", "raw"));
        _payloadSize.Record(stored, Label(family), new("hotshelf.cache.payload.form", "stored"));
    }

    public void Invalidated(int count, InvalidationSource source) => _invalidations.Add(count, new KeyValuePair<string, object?>("hotshelf.cache.invalidation.source", NameOf(source)));

    public void FrameRejected(FamilyState family, FrameRejection reason) => _framesRejected.Add(1, Label(family), new("hotshelf.cache.rejection.reason", reason.ToString()));

    public void PayloadRejected(FamilyState family) => _payloadsRejected.Add(1, Label(family));

    public void Bypassed() => _bypassed.Add(1);

    public void Dispose()
    {
        _sampler?.Dispose();
        _cache = null;
        _meter.Dispose();
    }

    private static InstrumentAdvice<double> Seconds(params double[] finer) =>
        new() { HistogramBucketBoundaries = [.. finer, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };

    private static KeyValuePair<string, object?> Label(FamilyState family) => new(FamilyAttribute, family.Name);

    private static string NameOf(CacheTier tier) => tier switch { CacheTier.L1 => "l1", CacheTier.L2 => "l2", _ => "origin" };

    private static string NameOf(InvalidationSource source) => source switch { InvalidationSource.Local => "local", InvalidationSource.Tag => "tag", InvalidationSource.Feed => "feed", _ => "fleet" };

    private void Sample()
    {
        foreach (var family in _cache?.Families.All ?? [])
            family.Counters.Window.Sample(family.Counters.Answered, family.Counters.Asked);
    }

    private IEnumerable<Measurement<long>> Requests()
    {
        foreach (var family in _cache?.Families.All ?? [])
        {
            var counters = family.Counters;
            yield return Measure(counters.LocalHits.Value, family, "l1", "hit");
            yield return Measure(counters.RemoteHits.Value, family, "l2", "hit");
            yield return Measure(counters.LocalStale.Value, family, "l1", "stale");
            yield return Measure(counters.RemoteStale.Value, family, "l2", "stale");
            yield return Measure(counters.Misses.Value, family, "origin", "miss");
            yield return Measure(counters.Failures.Value, family, "origin", "error");
        }
    }

    private static Measurement<long> Measure(long count, FamilyState family, string tier, string result) =>
        new(count, Label(family), new("hotshelf.cache.tier", tier), new("hotshelf.cache.result", result));

    private IEnumerable<Measurement<double>> HitRatios()
    {
        var (allAnswered, allAsked) = (0L, 0L);
        foreach (var family in _cache?.Families.All ?? [])
        {
            var (answered, asked) = family.Counters.Window.Since(family.Counters.Answered, family.Counters.Asked);
            if (asked <= 0)
                continue;
            (allAnswered, allAsked) = (allAnswered + answered, allAsked + asked);
            yield return new Measurement<double>((double)answered / asked, Label(family));
        }

        if (allAsked > 0)
            yield return new Measurement<double>((double)allAnswered / allAsked, new KeyValuePair<string, object?>(FamilyAttribute, "*"));
    }

    private IEnumerable<Measurement<long>> PerFamily(Func<FamilyState, long> count)
    {
        foreach (var family in _cache?.Families.All ?? [])
            yield return new Measurement<long>(count(family), Label(family));
    }

    private IEnumerable<Measurement<int>> States()
    {
        foreach (var state in (string[])["closed", "open", "half-open"])
            yield return new Measurement<int>(_cache?.RemoteState == state ? 1 : 0, new KeyValuePair<string, object?>("hotshelf.cache.state", state));
    }

    private IEnumerable<Measurement<int>> Coherence()
    {
        foreach (var state in (string[])["tracking", "lost", "none"])
            yield return new Measurement<int>(_cache?.CoherenceName == state ? 1 : 0, new KeyValuePair<string, object?>("hotshelf.cache.state", state));
    }
}
