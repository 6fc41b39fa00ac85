using System.Diagnostics.Metrics;
using HotShelf.CacheWorker.Feed;

namespace HotShelf.CacheWorker;

/// <summary>The worker's instruments.</summary>
internal sealed class WorkerMetrics
{
    public const string MeterName = "HotShelf.CacheWorker";

    private readonly Histogram<double> _lag;
    private readonly Counter<long> _invalidations;
    private readonly Counter<long> _setAside;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _warmed;

    public WorkerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _lag = meter.CreateHistogram(
            "hotshelf.outbox.lag", "s", "Time from a change in the database until the cache was told: how long a reader can see the old value.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });
        meter.CreateObservableGauge("hotshelf.outbox.pending", () => Backlog.Pending, "{row}", "Changes the cache has not been told of yet, counted to 100,000: does the feed keep up?");
        meter.CreateObservableGauge("hotshelf.outbox.age", () => Backlog.OldestSeconds, "s", "Age of the oldest change the cache has not been told of: does the feed stand still?");
        meter.CreateObservableGauge("hotshelf.outbox.failed", () => Backlog.Failed, "{row}", "Changes set aside in cache_outbox_failed: is there something for a person to look at?");
        _invalidations = meter.CreateCounter<long>("hotshelf.feed.invalidations", "{invalidation}", "Invalidations sent to the cache because of changes in the database, by kind (key, tag, family).");
        _setAside = meter.CreateCounter<long>("hotshelf.outbox.set_aside", "{row}", "Changes that the cache refused for good.");
        _failures = meter.CreateCounter<long>("hotshelf.feed.failures", "{failure}", "Batches that could not be done, by what was away (cache, database).");
        _warmed = meter.CreateCounter<long>("hotshelf.warming.keys", "{key}", "Keys warmed, by outcome (warmed, failed).");
        meter.CreateObservableGauge("hotshelf.warming.remaining", () => WarmingRemaining, "{key}", "Keys that the running warming has still to do.");
    }

    /// <summary>As last measured by <see cref="BacklogMonitor"/>.</summary>
    public (long Pending, double OldestSeconds, long Failed) Backlog { get; set; }

    public int WarmingRemaining { get; set; }

    public void RowDone(TimeSpan lag) => _lag.Record(Math.Max(0, lag.TotalSeconds));

    public void Invalidated(Invalidation invalidation)
    {
        Count("key", invalidation.Keys.Count);
        Count("tag", invalidation.Tags.Count);
        Count("family", invalidation.Families.Count);

        void Count(string kind, int count)
        {
            if (count > 0)
                _invalidations.Add(count, new("kind", kind), new KeyValuePair<string, object?>("source", "feed"));
        }
    }

    public void RowSetAside() => _setAside.Add(1);

    public void FeedFailed(string away) => _failures.Add(1, new KeyValuePair<string, object?>("away", away));

    public void Warmed(int warmed, int failed)
    {
        if (warmed > 0)
            _warmed.Add(warmed, new KeyValuePair<string, object?>("hotshelf.warming.outcome", "warmed"));
        if (failed > 0)
            _warmed.Add(failed, new KeyValuePair<string, object?>("hotshelf.warming.outcome", "failed"));
    }
}
