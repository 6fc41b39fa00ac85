using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Writes exemplars: the trace behind a value. OpenMetrics only.</summary>
internal static class ExemplarWriter
{
    public static List<Exemplar>? ToList(in ReadOnlyExemplarCollection exemplars)
    {
        List<Exemplar>? list = null;
        foreach (ref readonly var exemplar in exemplars)
        {
            if (exemplar.TraceId != default)
                (list ??= []).Add(exemplar);
        }

        return list;
    }

    public static Exemplar? Newest(in MetricPoint point) =>
        point.TryGetExemplars(out var exemplars) && ToList(in exemplars) is { } list ? list.MaxBy(static exemplar => exemplar.Timestamp) : null;

    /// <summary>The newest exemplar whose value lies in the bucket (<paramref name="lower"/>, <paramref name="upper"/>].</summary>
    public static Exemplar? Within(List<Exemplar> exemplars, double lower, double upper)
    {
        Exemplar? newest = null;
        foreach (var exemplar in exemplars)
        {
            if (exemplar.DoubleValue > lower && exemplar.DoubleValue <= upper && (newest is not { } other || exemplar.Timestamp > other.Timestamp))
                newest = exemplar;
        }

        return newest;
    }

    /// <summary>Writes <c> # {trace_id="...",span_id="..."} value seconds</c>: 63 of the 128 characters that the labels may have.</summary>
    public static void Write(TextBuffer text, in Exemplar exemplar, double value) =>
        text.Append(" # {trace_id=\"").Append(exemplar.TraceId.ToHexString()).Append("\",span_id=\"").Append(exemplar.SpanId.ToHexString()).Append("\"} ")
            .Append(value).Append(' ').Append(exemplar.Timestamp.ToUnixTimeMilliseconds() / 1000.0);
}
