using Google.Protobuf;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>From the protocol to what pages show.</summary>
public sealed class IntakeTests : IDisposable
{
    private readonly Stores _stores = new(o => o.MaximumValueLength = 100);

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void Logs_WithEverything_AreKeptWhole()
    {
        var record = Otlp.Log("It works", severity: 17, Otlp.Pair("family", "product"));
        record.TraceId = Otlp.Id(16, 7);
        record.SpanId = Otlp.Id(8, 8);
        record.EventName = "Worked";
        _stores.Intake.Take(Otlp.Logs(record));

        var entry = Assert.Single(_stores.Logs.Snapshot());
        Assert.Equal(("It works", LogSeverity.Error, "HotShelf.Tests", Otlp.Now), (entry.Message, entry.Severity, entry.Category, entry.Time));
        Assert.Equal(("productapi-abcdefgh", "productapi"), (entry.Source.Id, entry.Source.Service));
        Assert.Equal((Otlp.Hex(16, 7), Otlp.Hex(8, 8)), (entry.TraceId, entry.SpanId));
        Assert.Equal([new Field("event.name", "Worked"), new Field("family", "product")], entry.Fields);
    }

    [Theory]
    [InlineData(1, LogSeverity.Trace)]
    [InlineData(8, LogSeverity.Debug)]
    [InlineData(9, LogSeverity.Information)]
    [InlineData(16, LogSeverity.Warning)]
    [InlineData(17, LogSeverity.Error)]
    [InlineData(24, LogSeverity.Critical)]
    [InlineData(0, LogSeverity.Information)]
    [InlineData(99, LogSeverity.Information)]
    [InlineData(-5, LogSeverity.Information)]
    public void Logs_SeverityNumber_IsALevel(int number, LogSeverity expected)
    {
        _stores.Intake.Take(Otlp.Logs(Otlp.Log("x", number)));
        Assert.Equal(expected, _stores.Logs.Snapshot().Single().Severity);
    }

    [Fact]
    public void Logs_WithoutAnything_AreKeptToo()
    {
        _stores.Intake.Take(new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { ScopeLogs = { new ScopeLogs { LogRecords = { new LogRecord() } } } } } });
        var entry = _stores.Logs.Snapshot().Single();
        Assert.Equal(("unknown_service", "", "", LogSeverity.Information), (entry.Source.Id, entry.Message, entry.Category, entry.Severity));
        Assert.Null(entry.TraceId);
    }

    [Fact]
    public void Values_OfEveryKind_AreText()
    {
        var value = new AnyValue { KvlistValue = new KeyValueList() };
        value.KvlistValue.Values.Add(new KeyValue { Key = "list", Value = new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { IntValue = 1 }, new AnyValue { DoubleValue = 2.5 }, new AnyValue { BoolValue = true }, new AnyValue() } } } });
        value.KvlistValue.Values.Add(new KeyValue { Key = "bytes", Value = new AnyValue { BytesValue = ByteString.CopyFrom(1, 2) } });
        _stores.Intake.Take(Otlp.Logs(Otlp.Log("x", 9, new KeyValue { Key = "all", Value = value })));
        Assert.Equal("""{"list":[1,2.5,true,null],"bytes":"AQI="}""", _stores.Logs.Snapshot().Single().Fields[0].Value);
    }

    [Fact]
    public void Values_LongerThanTheBound_AreCut()
    {
        _stores.Intake.Take(Otlp.Logs(Otlp.Log(new string('x', 99) + "😀" + new string('y', 500))));
        Assert.Equal(new string('x', 99) + "…", _stores.Logs.Snapshot().Single().Message);
    }

    [Fact]
    public void Spans_WithoutIds_AreRejectedAndTheOthersKept()
    {
        var nameless = Otlp.Span(0, 1);
        var shortId = Otlp.Span(1, 1);
        shortId.TraceId = ByteString.CopyFrom(1, 2, 3);
        var timeless = Otlp.Span(1, 3);
        timeless.StartTimeUnixNano = 0;
        var answer = _stores.Intake.Take(Otlp.Traces(nameless, shortId, timeless, Otlp.Span(1, 2)));

        Assert.Equal(3, answer.PartialSuccess.RejectedSpans);
        Assert.Contains("trace id", answer.PartialSuccess.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(Otlp.Hex(8, 2), Assert.Single(_stores.Traces.Find(Otlp.Hex(16, 1))!.Spans).SpanId);
    }

    [Fact]
    public void Spans_ThatAllMakeSense_HaveNoPartialSuccess() => Assert.Null(_stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 2))).PartialSuccess);

    [Fact]
    public void Spans_EndingBeforeTheyStart_TakeNoTime()
    {
        _stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 2, lengthMs: -5)));
        Assert.Equal(TimeSpan.Zero, _stores.Traces.Snapshot().Single().Duration);
    }

    [Fact]
    public void Spans_SentTwice_CountOnce()
    {
        _stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 2), Otlp.Span(1, 3, parent: 2)));
        _stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 2), Otlp.Span(1, 3, parent: 2)));
        Assert.Equal(2, _stores.Traces.Snapshot().Single().Spans.Length);
    }

    [Fact]
    public void Metrics_WithoutTimeOrValueOrWithBrokenBuckets_AreRejected()
    {
        var timeless = Otlp.Counter("a", 1, Otlp.Now);
        timeless.Sum.DataPoints[0].TimeUnixNano = 0;
        var empty = new Metric { Name = "b", Gauge = new Gauge { DataPoints = { new NumberDataPoint { TimeUnixNano = Otlp.Nanos(Otlp.Now) } } } };
        var broken = new Metric { Name = "c", Histogram = new Histogram { DataPoints = { new HistogramDataPoint { TimeUnixNano = Otlp.Nanos(Otlp.Now), Count = 1, BucketCounts = { 1 }, ExplicitBounds = { 1, 2, 3 } } } } };
        var answer = _stores.Intake.Take(Otlp.Metrics(timeless, empty, broken, new Metric { Name = "d" }, Otlp.Counter("good", 1, Otlp.Now)));
        Assert.Equal(4, answer.PartialSuccess.RejectedDataPoints);
        Assert.Equal("good", Assert.Single(_stores.Metrics.Instruments()).Instrument.Name);
    }

    [Fact]
    public void Metrics_ExponentialHistogram_IsOnFixedBounds()
    {
        // Scale 1: buckets of half an octave. Index 0 is (1, 1.41], 1 is (1.41, 2], 2 is (2, 2.83].
        var point = new ExponentialHistogramDataPoint { TimeUnixNano = Otlp.Nanos(Otlp.Now), Count = 7, Scale = 1, ZeroCount = 1, Positive = new() { Offset = 0, BucketCounts = { 1, 2, 3 } } };
        _stores.Intake.Take(Otlp.Metrics(new Metric { Name = "e", ExponentialHistogram = new ExponentialHistogram { DataPoints = { point } } }));
        var series = _stores.Metrics.Find(new InstrumentKey("productapi", "HotShelf.Tests", "e"), Otlp.Now.AddMinutes(-1))!.Series.Single();
        var counted = series.Points[0].Buckets!.Select((count, i) => (count, Upper: i < series.Bounds.Length ? series.Bounds[i] : double.PositiveInfinity)).Where(b => b.count > 0).ToArray();
        Assert.Equal([(1L, Math.Pow(2, -24)), (3L, 2.0), (3L, 4.0)], counted);
    }

    [Fact]
    public void Metrics_Deltas_AreAddedUp()
    {
        foreach (var (value, second) in new[] { (5, 1), (7, 2) })
        {
            var metric = Otlp.Counter("d", value, Otlp.Now.AddSeconds(second));
            metric.Sum.AggregationTemporality = AggregationTemporality.Delta;
            _stores.Intake.Take(Otlp.Metrics(metric));
        }

        Assert.Equal([5, 12], _stores.Metrics.Find(new InstrumentKey("productapi", "HotShelf.Tests", "d"), Otlp.Now)!.Series.Single().Points.Select(p => p.Value));
    }

    [Fact]
    public void Metrics_AttributesInAnotherOrder_AreTheSameSeries()
    {
        _stores.Intake.Take(Otlp.Metrics(Otlp.Counter("o", 1, Otlp.Now, Otlp.Pair("a", "1"), Otlp.Pair("b", "2"))));
        _stores.Intake.Take(Otlp.Metrics(Otlp.Counter("o", 2, Otlp.Now.AddSeconds(1), Otlp.Pair("b", "2"), Otlp.Pair("a", "1"))));
        Assert.Equal(1, _stores.Metrics.Instruments().Single().Series);
    }

    [Fact]
    public void Sources_OfTheSameProcess_AreOneObject()
    {
        _stores.Intake.Take(Otlp.Logs(Otlp.Log("a")));
        _stores.Intake.Take(Otlp.Traces(Otlp.Span(1, 2)));
        Assert.Same(_stores.Logs.Snapshot()[0].Source, _stores.Traces.Snapshot()[0].Spans[0].Source);
        Assert.Single(_stores.Sources.Snapshot());
    }
}
