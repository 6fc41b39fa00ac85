using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>
/// Writes families in the Prometheus text format 0.0.4 or in OpenMetrics 1.0:
/// <code>
/// # TYPE http_server_request_duration_seconds histogram
/// # UNIT http_server_request_duration_seconds seconds
/// # HELP http_server_request_duration_seconds Duration of HTTP server requests.
/// http_server_request_duration_seconds_bucket{http_route="/x",le="0.005"} 2 # {trace_id="...",span_id="..."} 0.003 1700000000.123
/// </code>
/// </summary>
internal static class PrometheusWriter
{
    public static ReadOnlyMemory<byte> Write(IReadOnlyCollection<MetricFamily> families, Resource resource, bool openMetrics, int sizeHint)
    {
        var text = new TextBuffer(Math.Max(sizeHint + 1024, 16 * 1024), openMetrics);
        WriteTargetInfo(text, resource);
        foreach (var family in families)
        {
            if (family.Metrics.Count > 0)
                WriteFamily(text, family);
        }

        if (openMetrics)
            text.Append("# EOF\n");
        return text.Written;
    }

    /// <summary>The resource's attributes as one sample, to be joined with any other by job and instance.</summary>
    private static void WriteTargetInfo(TextBuffer text, Resource resource)
    {
        var attributes = resource.Attributes.Select(static attribute => new KeyValuePair<string, object?>(attribute.Key, attribute.Value)).ToArray();
        if (attributes.Length == 0)
            return;
        WriteHead(text, text.OpenMetrics ? "target" : "target_info", text.OpenMetrics ? "info" : "gauge", unit: null, "Target metadata");
        text.Append("target_info");
        var labels = new LabelWriter(text);
        foreach (var attribute in attributes)
            labels.Append(attribute.Key, attribute.Value);
        labels.End();
        text.Append(" 1\n");
    }

    private static void WriteFamily(TextBuffer text, MetricFamily family)
    {
        var type = family.Type switch { FamilyType.Counter => "counter", FamilyType.Gauge => "gauge", _ => "histogram" };
        // The text format names a counter as its sample is named, OpenMetrics without _total.
        WriteHead(text, text.OpenMetrics ? family.Name : family.SampleName, type, family.Unit, family.Description);
        foreach (var metric in family.Metrics)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (family.Type == FamilyType.Histogram)
                    HistogramWriter.Write(text, family.Name, metric, in point);
                else
                    WriteSample(text, text.OpenMetrics && family.Type == FamilyType.Counter ? family.Name + "_total" : family.SampleName, metric, in point);
            }
        }
    }

    private static void WriteHead(TextBuffer text, string name, string type, string? unit, string description)
    {
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        if (text.OpenMetrics && unit is not null)
            text.Append("# UNIT ").Append(name).Append(' ').Append(unit).Append('\n');
        if (description.Length > 0)
            text.Append("# HELP ").Append(name).Append(' ').AppendEscaped(description, quotes: text.OpenMetrics).Append('\n');
    }

    private static void WriteSample(TextBuffer text, string name, Metric metric, in MetricPoint point)
    {
        text.Append(name);
        var labels = LabelWriter.For(text, metric, in point);
        labels.End();
        text.Append(' ');
        switch (metric.MetricType)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                text.Append(point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                text.Append(point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                text.Append(point.GetGaugeLastValueLong());
                break;
            default:
                text.Append(point.GetGaugeLastValueDouble());
                break;
        }

        if (text.OpenMetrics && metric.MetricType is MetricType.LongSum or MetricType.DoubleSum && ExemplarWriter.Newest(in point) is { } exemplar)
            ExemplarWriter.Write(text, in exemplar, metric.MetricType == MetricType.LongSum ? exemplar.LongValue : exemplar.DoubleValue);
        text.Append('\n');
    }
}
