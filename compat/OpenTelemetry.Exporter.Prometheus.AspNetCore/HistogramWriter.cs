using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Writes one histogram: cumulative buckets with their exemplars, sum and count.</summary>
internal static class HistogramWriter
{
    public static void Write(TextBuffer text, string name, Metric metric, in MetricPoint point)
    {
        var exemplars = text.OpenMetrics && point.TryGetExemplars(out var found) ? ExemplarWriter.ToList(in found) : null;
        var cumulative = 0L;
        var lower = double.NegativeInfinity;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            text.Append(name).Append("_bucket");
            var labels = LabelWriter.For(text, metric, in point);
            labels.Append("le", bucket.ExplicitBound);
            labels.End();
            text.Append(' ').Append(cumulative);
            if (exemplars is not null && ExemplarWriter.Within(exemplars, lower, bucket.ExplicitBound) is { } exemplar)
                ExemplarWriter.Write(text, in exemplar, exemplar.DoubleValue);
            text.Append('\n');
            lower = bucket.ExplicitBound;
        }

        WriteTotal(text, name, "_sum", metric, in point).Append(point.GetHistogramSum()).Append('\n');
        WriteTotal(text, name, "_count", metric, in point).Append(point.GetHistogramCount()).Append('\n');
    }

    private static TextBuffer WriteTotal(TextBuffer text, string name, string suffix, Metric metric, in MetricPoint point)
    {
        text.Append(name).Append(suffix);
        var labels = LabelWriter.For(text, metric, in point);
        labels.End();
        text.Append(' ');
        return text;
    }
}
