using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>The instruments of a feed. No key, tag or value is an attribute.</summary>
internal sealed class FeedMetrics
{
    private readonly TimeProvider _time;
    private readonly FeedHistory _history;
    private readonly KeyValuePair<string, object?> _feed;
    private readonly Histogram<double> _delay;
    private readonly Counter<long> _transactions;
    private readonly Counter<long> _invalidations;
    private readonly Counter<long> _escalations;
    private readonly Counter<long> _poison;
    private readonly Counter<long> _resets;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _resetTimes = new(StringComparer.Ordinal);
    private readonly Counter<long> _failures;

    public FeedMetrics(IMeterFactory meters, string feed, FeedState state, FeedHistory history, TimeProvider time)
    {
        (_time, _history) = (time, history);
        _feed = new("hotshelf.feed.name", feed);
        var meter = meters.Create(ChangeFeedDiagnostics.MeterName);
        _delay = meter.CreateHistogram(
            "hotshelf.feed.delay", "s", "Time from a commit until Redis confirmed its invalidations: how long can a reader see the old value?",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });
        _transactions = meter.CreateCounter<long>("hotshelf.feed.transactions", "{transaction}", "Transactions passed on.");
        meter.CreateObservableCounter("hotshelf.feed.changes", Changes, "{row}", "Changed rows by table and kind (insert, update, delete, truncate): what changes most?");
        _invalidations = meter.CreateCounter<long>("hotshelf.feed.invalidations", "{invalidation}", "Invalidations sent, by kind (key, tag, family), each thing once per batch.");
        _escalations = meter.CreateCounter<long>("hotshelf.feed.escalations", "{escalation}", "Families removed because single changes were not known, by table and reason (limit, truncate, poison, partition, identity).");
        _poison = meter.CreateCounter<long>("hotshelf.feed.poison", "{change}", "Changes whose mapping failed, by table: is there an error to repair?");
        _resets = meter.CreateCounter<long>("hotshelf.feed.resets", "{reset}", "Times that all mapped families were removed because changes may have been missed, by reason (missing, lost, publication, undecodable, restored).");
        _failures = meter.CreateCounter<long>("hotshelf.feed.failures", "{failure}", "Failures by what failed (postgres, redis, setup).");
        meter.CreateObservableGauge("hotshelf.feed.reset.time", ResetTimes, "s", "Unix time of the latest reset, by reason; no series before the first of the process: is it a new one?");
        Gauge("hotshelf.feed.lag", "s", "Age of the oldest change or heartbeat that Redis has not confirmed: does the feed keep up?", () => state.Phase == FeedPhase.Consuming ? state.Lag.TotalSeconds : null);
        Gauge("hotshelf.feed.consumers", "{worker}", "1 in the worker that consumes the slot; the sum over workers should be 1.", () => state.Phase == FeedPhase.Consuming ? 1 : 0);
        Gauge("hotshelf.feed.slot.unconfirmed", "By", "WAL written since the position that the feed has confirmed.", () => state.Slot?.UnconfirmedBytes);
        Gauge("hotshelf.feed.slot.retained", "By", "WAL that PostgreSQL keeps for the slot: does it fill the disk?", () => state.Slot?.RetainedBytes);
        Gauge("hotshelf.feed.slot.safe", "By", "WAL that may still be written before the slot is lost (max_slot_wal_keep_size); no series without a limit.", () => state.Slot?.SafeBytes);
        // What hardly ever happens begins at zero, so that the first time shows as an increase.
        foreach (var table in history.Tables)
            _poison.Add(0, _feed, Table(table));
        foreach (var reason in (string[])["missing", "lost", "publication", "undecodable", "restored"])
            _resets.Add(0, _feed, Reason(reason));

        void Gauge(string name, string unit, string help, Func<double?> value) =>
            meter.CreateObservableGauge<double>(name, () => value() is { } known ? [new Measurement<double>(known, _feed)] : [], unit, help);
    }

    public void Sent(PendingChanges batch, Invalidations invalidations)
    {
        var now = _time.GetTimestamp();
        var delays = batch.Commits.Select(commit => Math.Max(0, _time.GetElapsedTime(commit, now).TotalSeconds)).ToList();
        foreach (var delay in delays)
            _delay.Record(delay, _feed);
        _history.Sent(batch.TransactionCount, delays);
        _transactions.Add(batch.TransactionCount, _feed);
        Invalidated("key", invalidations.Keys.Count);
        Invalidated("tag", invalidations.Tags.Count);
        Invalidated("family", invalidations.Families.Count);

        void Invalidated(string kind, int count)
        {
            if (count > 0)
                _invalidations.Add(count, _feed, new KeyValuePair<string, object?>("hotshelf.feed.kind", kind));
        }
    }

    /// <param name="table">The table whose families are removed.</param>
    /// <param name="reason"><c>limit</c>, <c>truncate</c>, <c>poison</c>, <c>partition</c> or <c>identity</c>.</param>
    /// <param name="position">Where its transaction ends in the WAL.</param>
    public void Escalated(TableMapping table, string reason, string? position)
    {
        _escalations.Add(1, _feed, Table(table), Reason(reason));
        table.Counts.Escalated();
        if (reason != "poison")
            _history.Add("escalation", table, reason, position);
    }

    public void Poisoned(TableMapping table, Exception failure, string? position)
    {
        _poison.Add(1, _feed, Table(table));
        table.Counts.Poisoned();
        _history.Add("poison", table, $"{failure.GetType().Name}: {failure.Message}", position);
    }

    public void Reset(string reason)
    {
        _resetTimes[reason] = _time.GetUtcNow();
        _resets.Add(1, _feed, Reason(reason));
        _history.Reset(reason);
    }

    public void Failed(string what) => _failures.Add(1, _feed, Reason(what));

    private IEnumerable<Measurement<long>> Changes() =>
        from table in _history.Tables
        from change in table.Counts.Changes
        where change.Count > 0
        select new Measurement<long>(change.Count, _feed, Table(table), new KeyValuePair<string, object?>("hotshelf.feed.kind", change.Kind));

    private IEnumerable<Measurement<double>> ResetTimes() => _resetTimes.Select(reset => new Measurement<double>(reset.Value.ToUnixTimeMilliseconds() / 1000d, _feed, Reason(reset.Key)));

    private static KeyValuePair<string, object?> Reason(string reason) => new("hotshelf.feed.reason", reason);

    private static KeyValuePair<string, object?> Table(TableMapping table) => new("hotshelf.feed.table", table.Table);
}
