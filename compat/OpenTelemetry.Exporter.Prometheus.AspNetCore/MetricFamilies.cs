using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>What a family is in the text formats.</summary>
internal enum FamilyType
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>Metrics of one exported name: the formats want all samples of a name together, whichever meter they come from.</summary>
internal sealed class MetricFamily(string name, string? unit, FamilyType type, string description)
{
    /// <summary>The name without <c>_total</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The name of a counter's sample.</summary>
    public string SampleName { get; init; } = name;

    /// <summary>The unit's suffix, or null when the name does not end with one.</summary>
    public string? Unit { get; } = unit;

    public FamilyType Type { get; } = type;

    public string Description { get; } = description;

    public List<Metric> Metrics { get; } = [];
}

/// <summary>Names metrics as Prometheus does and groups them by that name.</summary>
internal sealed class MetricFamilies(bool withoutTotal)
{
    // Names are made once per instrument: a scrape only looks them up.
    private readonly Dictionary<MetricStreamKey, MetricFamily> _byInstrument = [];
    private readonly SortedDictionary<string, MetricFamily> _byName = new(StringComparer.Ordinal);

    /// <summary>The families that have metrics now, ordered by name.</summary>
    public IReadOnlyCollection<MetricFamily> Group(in Batch<Metric> batch)
    {
        foreach (var family in _byName.Values)
            family.Metrics.Clear();
        foreach (var metric in batch)
        {
            if (TypeOf(metric.MetricType) is { } type && FamilyOf(metric, type) is { } family && family.Type == type)
                family.Metrics.Add(metric);
        }

        return _byName.Values;
    }

    private MetricFamily FamilyOf(Metric metric, FamilyType type)
    {
        var key = new MetricStreamKey(metric.MeterName, metric.MeterVersion, metric.Name, metric.Unit, type);
        if (_byInstrument.TryGetValue(key, out var family))
            return family;

        var unit = PrometheusName.Unit(metric.Unit, isGauge: type == FamilyType.Gauge);
        var name = PrometheusName.WithUnit(PrometheusName.Sanitize(metric.Name), unit, type == FamilyType.Counter);
        // Two meters with one instrument name share the family; the first one's description stands for both, as the formats allow one only.
        if (!_byName.TryGetValue(name, out family))
        {
            family = new MetricFamily(name, unit is not null && name.EndsWith("_" + unit, StringComparison.Ordinal) ? unit : null, type, metric.Description)
            {
                SampleName = type == FamilyType.Counter && !withoutTotal ? name + "_total" : name,
            };
            _byName.Add(name, family);
        }

        _byInstrument.Add(key, family);
        return family;
    }

    /// <summary>Null for exponential histograms, which neither format can carry.</summary>
    private static FamilyType? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => FamilyType.Counter,
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => FamilyType.Gauge,
        MetricType.Histogram => FamilyType.Histogram,
        _ => null,
    };

    private readonly record struct MetricStreamKey(string Meter, string Version, string Name, string Unit, FamilyType Type);
}
