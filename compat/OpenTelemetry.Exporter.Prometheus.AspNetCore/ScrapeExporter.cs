using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Turns each batch of metrics into the text that is asked for; used by one collection at a time.</summary>
internal sealed class ScrapeExporter(bool withoutTotal) : BaseExporter<Metric>
{
    private readonly MetricFamilies _families = new(withoutTotal);

    private bool _openMetrics;
    private int _lastSize;

    /// <summary>The newest collection.</summary>
    public ReadOnlyMemory<byte> Latest { get; private set; }

    /// <summary>Sets the format of the next collection. Without any metric nothing is exported: then the answer is an empty one, not the one before.</summary>
    public void Begin(bool openMetrics)
    {
        _openMetrics = openMetrics;
        Latest = openMetrics ? "# EOF\n"u8.ToArray() : ReadOnlyMemory<byte>.Empty;
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        Latest = PrometheusWriter.Write(_families.Group(batch), ParentProvider.GetResource(), _openMetrics, _lastSize);
        _lastSize = Latest.Length;
        return ExportResult.Success;
    }
}
