using Google.Protobuf;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>Messages of the protocol, as an exporter writes them.</summary>
internal static class Otlp
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static ulong Nanos(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static KeyValue Pair(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    public static Resource Resource(string service = "productapi", string? instance = "abcdefgh")
    {
        var resource = new Resource { Attributes = { Pair("service.name", service) } };
        if (instance is not null)
            resource.Attributes.Add(Pair("service.instance.id", instance));
        return resource;
    }

    public static ByteString Id(int bytes, int value)
    {
        var id = new byte[bytes];
        BitConverter.GetBytes(value).CopyTo(id, bytes - 4);
        return ByteString.CopyFrom(id);
    }

    public static LogRecord Log(string message, int severity = 9, params KeyValue[] attributes) =>
        new() { TimeUnixNano = Nanos(Now), SeverityNumber = severity, Body = new AnyValue { StringValue = message }, Attributes = { attributes } };

    public static ExportLogsServiceRequest Logs(params LogRecord[] records) =>
        new() { ResourceLogs = { new ResourceLogs { Resource = Resource(), ScopeLogs = { new ScopeLogs { Scope = new InstrumentationScope { Name = "HotShelf.Tests" }, LogRecords = { records } } } } } };

    public static SpanRecord Span(int trace, int span, int? parent = null, string name = "GET /", double startMs = 0, double lengthMs = 10, params KeyValue[] attributes)
    {
        var record = new SpanRecord
        {
            TraceId = Id(16, trace),
            SpanId = Id(8, span),
            Name = name,
            Kind = 2,
            StartTimeUnixNano = Nanos(Now.AddMilliseconds(startMs)),
            EndTimeUnixNano = Nanos(Now.AddMilliseconds(startMs + lengthMs)),
            Attributes = { attributes },
        };
        if (parent is { } id)
            record.ParentSpanId = Id(8, id);
        return record;
    }

    public static ExportTraceServiceRequest Traces(params SpanRecord[] spans) =>
        new() { ResourceSpans = { new ResourceSpans { Resource = Resource(), ScopeSpans = { new ScopeSpans { Scope = new InstrumentationScope { Name = "HotShelf.Tests" }, Spans = { spans } } } } } };

    public static ExportMetricsServiceRequest Metrics(params Metric[] metrics) =>
        new() { ResourceMetrics = { new ResourceMetrics { Resource = Resource(), ScopeMetrics = { new ScopeMetrics { Scope = new InstrumentationScope { Name = "HotShelf.Tests" }, Metrics = { metrics } } } } } };

    public static Metric Counter(string name, double value, DateTimeOffset time, params KeyValue[] attributes) => new()
    {
        Name = name,
        Sum = new Sum { IsMonotonic = true, AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { new NumberDataPoint { TimeUnixNano = Nanos(time), AsDouble = value, Attributes = { attributes } } } },
    };

    public static string Hex(int bytes, int value) => Convert.ToHexStringLower(Id(bytes, value).Span);
}
