using Google.Protobuf;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.Load;

/// <summary>Batches of telemetry as three busy services would export them, ten times a second each.</summary>
internal sealed class TelemetryTraffic(TimeProvider timeProvider)
{
    public const int BatchesPerSecond = 10;
    public const int SpansPerSecond = 5_000;
    public const int LogsPerSecond = 5_000;
    public const int SeriesPerSecond = 200;

    // Of the 200 series of each second so many have never been seen before.
    private const int NewSeriesPerSecond = 20;
    private const int SpansPerTrace = 5;

    private readonly Random _random = new(4711);
    private long _batch;

    public byte[] Spans()
    {
        var scope = new ScopeSpans { Scope = new InstrumentationScope { Name = "HotShelf.Load" } };
        for (var i = 0; i < SpansPerSecond / BatchesPerSecond / SpansPerTrace; i++)
        {
            var trace = Bytes(16);
            ByteString? parent = null;
            for (var depth = 0; depth < SpansPerTrace; depth++)
            {
                var span = new SpanRecord
                {
                    TraceId = trace,
                    SpanId = Bytes(8),
                    ParentSpanId = parent ?? ByteString.Empty,
                    Name = depth == 0 ? "GET /products/{id}" : $"step {depth}",
                    Kind = depth == 0 ? 2 : 1,
                    StartTimeUnixNano = Now(),
                    EndTimeUnixNano = Now() + ((ulong)_random.Next(100, 20_000) * 1_000),
                    Attributes = { Pair("http.request.method", "GET"), Pair("http.route", "/products/{id}"), Pair("url.path", $"/products/{_random.Next(10_000)}"), Pair("result", "hit"), Pair("tier", "l2") },
                };
                parent = span.SpanId;
                scope.Spans.Add(span);
            }
        }

        return new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = Service(), ScopeSpans = { scope } } } }.ToByteArray();
    }

    public byte[] Logs()
    {
        var scope = new ScopeLogs { Scope = new InstrumentationScope { Name = "HotShelf.Requests" } };
        for (var i = 0; i < LogsPerSecond / BatchesPerSecond; i++)
        {
            scope.LogRecords.Add(new LogRecord
            {
                TimeUnixNano = Now(),
                SeverityNumber = i % 100 == 0 ? 17 : 9,
                Body = new AnyValue { StringValue = $"GET /products/{{id}} 200 in {_random.Next(1, 90)} ms, cache hit" },
                TraceId = Bytes(16),
                SpanId = Bytes(8),
                Attributes = { Pair("Method", "GET"), Pair("Route", "/products/{id}"), Pair("Status", "200"), Pair("DurationMs", $"{_random.NextDouble() * 90:0.00}"), Pair("Cache", "hit") },
            });
        }

        return new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = Service(), ScopeLogs = { scope } } } }.ToByteArray();
    }

    public byte[] Metrics()
    {
        var batch = _batch++;
        var (second, part) = (batch / BatchesPerSecond, batch % BatchesPerSecond);
        var metric = new Metric { Name = "load.requests", Unit = "{request}", Sum = new Sum { IsMonotonic = true, AggregationTemporality = AggregationTemporality.Cumulative } };
        var histogram = new Metric { Name = "load.duration", Unit = "s", Histogram = new Histogram { AggregationTemporality = AggregationTemporality.Cumulative } };
        for (var i = 0; i < SeriesPerSecond / BatchesPerSecond; i++)
        {
            var number = (part * (SeriesPerSecond / BatchesPerSecond)) + i;
            var name = number < NewSeriesPerSecond ? $"new-{second}-{number}" : $"steady-{number}";
            if (i % 2 == 0)
            {
                metric.Sum.DataPoints.Add(new NumberDataPoint { TimeUnixNano = Now(), AsInt = (second + 1) * 10, Attributes = { Pair("family", name), Pair("result", "hit") } });
                continue;
            }

            var point = new HistogramDataPoint { TimeUnixNano = Now(), Count = (ulong)(second + 1) * 10, Sum = second, Attributes = { Pair("family", name) } };
            point.ExplicitBounds.Add([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);
            point.BucketCounts.Add([.. Enumerable.Range(0, 15).Select(bucket => (ulong)(second + 1) * (ulong)(bucket == 3 ? 10 : 0))]);
            histogram.Histogram.DataPoints.Add(point);
        }

        return new ExportMetricsServiceRequest { ResourceMetrics = { new ResourceMetrics { Resource = Service(), ScopeMetrics = { new ScopeMetrics { Scope = new InstrumentationScope { Name = "HotShelf.Load" }, Metrics = { metric, histogram } } } } } }.ToByteArray();
    }

    private Resource Service() => new() { Attributes = { Pair("service.name", "load"), Pair("service.instance.id", $"replica{_random.Next(3)}") } };

    private ByteString Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private ulong Now() => (ulong)(timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static KeyValue Pair(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };
}
