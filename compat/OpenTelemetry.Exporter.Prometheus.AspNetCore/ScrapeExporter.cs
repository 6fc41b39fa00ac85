using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>One collection in both formats.</summary>
internal sealed record Scrape(ReadOnlyMemory<byte> Text, ReadOnlyMemory<byte> OpenMetrics)
{
    public static Scrape Empty { get; } = new(ReadOnlyMemory<byte>.Empty, "# EOF\n"u8.ToArray());
}

/// <summary>Turns each batch of metrics into text.</summary>
internal sealed class ScrapeExporter(bool withoutTotal) : BaseExporter<Metric>
{
    private readonly MetricFamilies _families = new(withoutTotal);

    /// <summary>The newest collection.</summary>
    public Scrape Latest { get; private set; } = Scrape.Empty;

    internal Func<Resource> ReadResource { get; set; } = static () => Resource.Empty;

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var families = _families.Group(batch);
        var resource = ReadResource();
        Latest = new Scrape(
            PrometheusWriter.Write(families, resource, openMetrics: false, Latest.Text.Length),
            PrometheusWriter.Write(families, resource, openMetrics: true, Latest.OpenMetrics.Length));
        return ExportResult.Success;
    }
}
