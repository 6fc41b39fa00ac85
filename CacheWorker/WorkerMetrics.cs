using System.Diagnostics.Metrics;

namespace HotShelf.CacheWorker;

/// <summary>The worker's instruments.</summary>
internal sealed class WorkerMetrics
{
    public const string MeterName = "HotShelf.CacheWorker";

    private readonly Counter<long> _warmed;
    private readonly Counter<long> _audited;
    private readonly Counter<long> _failedAudits;
    private int _openViolations;

    public WorkerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _warmed = meter.CreateCounter<long>("hotshelf.warming.keys", "{key}", "Keys warmed, by outcome (warmed; failed: of a batch that could not be read).");
        _audited = meter.CreateCounter<long>("hotshelf.audit.checked", "{entry}", "Cached entries compared with the database, by result (consistent, violation): how many nines?");
        _failedAudits = meter.CreateCounter<long>("hotshelf.audit.failures", "{round}", "Rounds that could not compare the cache with the database: is the cache audited at all?");
        _failedAudits.Add(0);
        meter.CreateObservableGauge("hotshelf.audit.violations", () => _openViolations, "{entry}", "Entries that the latest round found older than the database for longer than promised, or ahead of it.");
        meter.CreateObservableGauge("hotshelf.warming.remaining", () => WarmingRemaining, "{key}", "Keys that the running warming has still to do.");
    }

    public int WarmingRemaining { get; set; }

    public void Audited(int entries, int violations)
    {
        _audited.Add(entries - violations, new KeyValuePair<string, object?>("hotshelf.audit.result", "consistent"));
        _audited.Add(violations, new KeyValuePair<string, object?>("hotshelf.audit.result", "violation"));
        _openViolations = violations;
    }

    public void AuditFailed() => _failedAudits.Add(1);

    public void Warmed(int warmed, int failed)
    {
        if (warmed > 0)
            _warmed.Add(warmed, new KeyValuePair<string, object?>("hotshelf.warming.outcome", "warmed"));
        if (failed > 0)
            _warmed.Add(failed, new KeyValuePair<string, object?>("hotshelf.warming.outcome", "failed"));
    }
}
