using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Values of metrics from the protocol, whatever kind they are of; one without name, time or value is rejected.</summary>
internal sealed class MeasurementReader(FieldReader fields, SourceReader sources)
{
    /// <summary>A finer histogram is rejected.</summary>
    public const int MaximumBuckets = 512;

    public List<Measurement> Read(ExportMetricsServiceRequest request, Rejections rejections)
    {
        var measurements = new List<Measurement>();
        foreach (var resource in request.ResourceMetrics)
        {
            var source = sources.Read(resource.Resource);
            foreach (var scope in resource.ScopeMetrics)
            {
                var meter = fields.Name(scope.Scope?.Name ?? "");
                foreach (var metric in scope.Metrics)
                    Read(metric, source, meter, measurements, rejections);
            }
        }

        return measurements;
    }

    private void Read(Metric metric, Source source, string meter, List<Measurement> into, Rejections rejections)
    {
        if (metric.Name.Length == 0 || metric.DataCase == Metric.DataOneofCase.None)
        {
            rejections.Add("a metric needs a name and data");
            return;
        }

        var instrument = new Instrument(source.Service, meter, fields.Name(metric.Name), fields.Name(metric.Unit), fields.Name(metric.Description), KindOf(metric));
        foreach (var measurement in PointsOf(metric, source, instrument))
        {
            if (measurement is not null)
                into.Add(measurement);
            else
                rejections.Add($"a data point of {instrument.Name} needs a time, a finite value and, of a histogram, one bucket more than bounds and at most {MaximumBuckets}");
        }
    }

    private IEnumerable<Measurement?> PointsOf(Metric metric, Source source, Instrument instrument) => metric.DataCase switch
    {
        Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints.Select(p => Of(p, source, instrument, isDelta: false)),
        Metric.DataOneofCase.Sum => metric.Sum.DataPoints.Select(p => Of(p, source, instrument, IsDelta(metric.Sum.AggregationTemporality))),
        Metric.DataOneofCase.Histogram => metric.Histogram.DataPoints.Select(p => Of(p, source, instrument, IsDelta(metric.Histogram.AggregationTemporality))),
        Metric.DataOneofCase.ExponentialHistogram =>
            metric.ExponentialHistogram.DataPoints.Select(p => Of(p, source, instrument, IsDelta(metric.ExponentialHistogram.AggregationTemporality))),
        _ => metric.Summary.DataPoints.Select(p => Of(p, source, instrument)),
    };

    private Measurement? Of(NumberDataPoint point, Source source, Instrument instrument, bool isDelta)
    {
        var value = point.ValueCase switch
        {
            NumberDataPoint.ValueOneofCase.AsDouble => point.AsDouble,
            NumberDataPoint.ValueOneofCase.AsInt => point.AsInt,
            _ => double.NaN,
        };
        return double.IsFinite(value) && FieldReader.Time(point.TimeUnixNano) is { } time
            ? new Measurement(instrument, source, Sorted(point.Attributes), new Point(time, value), [], isDelta, Exemplars(point.Exemplars))
            : null;
    }

    private Measurement? Of(HistogramDataPoint point, Source source, Instrument instrument, bool isDelta)
    {
        // A histogram without buckets still tells count and sum.
        var isWhole = point.BucketCounts.Count == 0 ? point.ExplicitBounds.Count == 0 : point.BucketCounts.Count == point.ExplicitBounds.Count + 1;
        if (!isWhole || point.BucketCounts.Count > MaximumBuckets || FieldReader.Time(point.TimeUnixNano) is not { } time)
            return null;
        var value = new Point(time, Finite(point.Sum), (long)point.Count, [.. point.BucketCounts.Select(static c => (long)c)]);
        return new Measurement(instrument, source, Sorted(point.Attributes), value, [.. point.ExplicitBounds], isDelta, Exemplars(point.Exemplars));
    }

    private Measurement? Of(ExponentialHistogramDataPoint point, Source source, Instrument instrument, bool isDelta) => FieldReader.Time(point.TimeUnixNano) is { } time
        ? new Measurement(instrument, source, Sorted(point.Attributes), new Point(time, Finite(point.Sum), (long)point.Count, OctaveBuckets.Counts(point)), OctaveBuckets.Bounds, isDelta, Exemplars(point.Exemplars))
        : null;

    private Measurement? Of(SummaryDataPoint point, Source source, Instrument instrument) => FieldReader.Time(point.TimeUnixNano) is { } time
        ? new Measurement(instrument, source, Sorted(point.Attributes), new Point(time, Finite(point.Sum), (long)point.Count, []), [], IsDelta: false, [])
        : null;

    // The same set of attributes is the same series, in whatever order they come.
    private Field[] Sorted(Google.Protobuf.Collections.RepeatedField<KeyValue> attributes)
    {
        var sorted = fields.Fields(attributes);
        Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return sorted;
    }

    private static Exemplar[] Exemplars(Google.Protobuf.Collections.RepeatedField<ExemplarRecord> records) =>
        [.. from record in records
            let traceId = FieldReader.Id(record.TraceId, 16)
            let spanId = FieldReader.Id(record.SpanId, 8)
            let time = FieldReader.Time(record.TimeUnixNano)
            where traceId is not null && spanId is not null && time is not null
            select new Exemplar(time.Value, record.AsInt != 0 ? record.AsInt : Finite(record.AsDouble), traceId, spanId)];

    private static InstrumentKind KindOf(Metric metric) => metric.DataCase switch
    {
        Metric.DataOneofCase.Sum => metric.Sum.IsMonotonic ? InstrumentKind.Counter : InstrumentKind.UpDownCounter,
        Metric.DataOneofCase.Gauge => InstrumentKind.Gauge,
        _ => InstrumentKind.Histogram,
    };

    private static bool IsDelta(AggregationTemporality temporality) => temporality == AggregationTemporality.Delta;

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
