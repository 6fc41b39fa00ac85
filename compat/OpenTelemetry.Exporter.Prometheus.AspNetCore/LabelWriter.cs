using System.Globalization;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Writes <c>{name="value",...}</c>, or nothing when there are no labels.</summary>
internal struct LabelWriter(TextBuffer text)
{
    private bool _any;

    /// <summary>Opens the labels of a point: the meter, its own tags, then the point's.</summary>
    public static LabelWriter For(TextBuffer text, Metric metric, in MetricPoint point)
    {
        var labels = new LabelWriter(text);
        labels.Append("otel_scope_name", metric.MeterName);
        if (!string.IsNullOrEmpty(metric.MeterVersion))
            labels.Append("otel_scope_version", metric.MeterVersion);
        foreach (var tag in metric.MeterTags ?? [])
            labels.Append(tag.Key, tag.Value);
        foreach (var tag in point.Tags)
            labels.Append(tag.Key, tag.Value);
        return labels;
    }

    public void Append(string name, object? value)
    {
        Open(name);
        text.AppendEscaped(AsText(value), quotes: true).Append('"');
    }

    /// <summary>A bound: <c>+Inf</c>, or a number that looks the same in every scrape.</summary>
    public void Append(string name, double bound)
    {
        Open(name);
        text.Append(bound);
        if (text.OpenMetrics && double.IsInteger(bound) && Math.Abs(bound) < 1e15)
            text.Append(".0");
        text.Append('"');
    }

    public readonly void End()
    {
        if (_any)
            text.Append('}');
    }

    private void Open(string name)
    {
        text.Append(_any ? ',' : '{').AppendLabelName(name).Append("=\"");
        _any = true;
    }

    private static string AsText(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        Array items => "[" + string.Join(',', items.Cast<object?>().Select(AsText)) + "]",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
