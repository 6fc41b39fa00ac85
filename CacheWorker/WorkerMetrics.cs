using System.Diagnostics.Metrics;

namespace HotShelf.CacheWorker;

/// <summary>The worker's instruments.</summary>
internal sealed class WorkerMetrics
{
    public const string MeterName = "HotShelf.CacheWorker";

    private readonly Counter<long> _warmed;

    public WorkerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _warmed = meter.CreateCounter<long>("hotshelf.warming.keys", "{key}", "Keys warmed, by outcome (warmed, failed).");
        meter.CreateObservableGauge("hotshelf.warming.remaining", () => WarmingRemaining, "{key}", "Keys that the running warming has still to do.");
    }

    public int WarmingRemaining { get; set; }

    public void Warmed(int warmed, int failed)
    {
        if (warmed > 0)
            _warmed.Add(warmed, new KeyValuePair<string, object?>("outcome", "warmed"));
        if (failed > 0)
            _warmed.Add(failed, new KeyValuePair<string, object?>("outcome", "failed"));
    }
}
