using System.Diagnostics;
using System.Diagnostics.Metrics;
using HotShelf.CacheConsole.Telemetry.Model;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SpanKind = HotShelf.CacheConsole.Telemetry.Model.SpanKind;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>The exporter that every process uses, over both transports.</summary>
public sealed class ExporterTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task Exporter_OfOpenTelemetry_IsUnderstood(OtlpExportProtocol protocol)
    {
        await using var host = await ReceiverHost.StartAsync();
        var name = $"CacheConsole.Tests.{protocol}";
        var resource = ResourceBuilder.CreateEmpty().AddService("exporter", serviceInstanceId: "one");
        using var source = new ActivitySource(name);
        using var meter = new Meter(name);
        var histogram = meter.CreateHistogram<double>("work.duration", "s", "How long work takes");
        using (var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(name).AddOtlpExporter(o => Configure(o, "traces")).Build())
        using (var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(name).SetExemplarFilter(ExemplarFilterType.TraceBased).AddOtlpExporter(o => Configure(o, "metrics")).Build())
        using (var logs = LoggerFactory.Create(logging => logging.AddOpenTelemetry(o => o.SetResourceBuilder(resource).AddOtlpExporter(e => Configure(e, "logs")))))
        {
            using var work = source.StartActivity("work", ActivityKind.Client);
            work!.SetTag("item", 42);
            work.AddEvent(new ActivityEvent("half way"));
            logs.CreateLogger("Tests").LogWarning("Worked on {Item}", 42);
            histogram.Record(0.25, new KeyValuePair<string, object?>("kind", "hard"));
            work.SetStatus(ActivityStatusCode.Error, "broke");
            work.Stop();
            Assert.True(traces.ForceFlush(30_000));
            Assert.True(metrics.ForceFlush(30_000));
        }

        // Disposing the factory has flushed the logs.
        var entry = Assert.Single(host.Logs.Snapshot());
        var trace = Assert.Single(host.Traces.Snapshot());
        var span = Assert.Single(trace.Spans);
        Assert.Equal(("exporter-one", LogSeverity.Warning, trace.Id, span.SpanId), (entry.Source.Id, entry.Severity, entry.TraceId, entry.SpanId));
        Assert.Contains(new Field("Item", "42"), entry.Fields);
        Assert.Equal(("work", SpanKind.Client, SpanStatus.Error, "broke", "half way"), (span.Name, span.Kind, span.Status, span.StatusMessage, span.Events.Single().Name));
        var history = host.Metrics.Find(new InstrumentKey("exporter", name, "work.duration"), DateTimeOffset.MinValue)!;
        Assert.Equal((InstrumentKind.Histogram, "s"), (history.Instrument.Kind, history.Instrument.Unit));
        var series = Assert.Single(history.Series);
        Assert.Equal([new Field("kind", "hard")], series.Fields);
        Assert.Equal((1L, 0.25), (series.Points[0].Count, series.Points[0].Value));
        Assert.Contains(series.Exemplars, exemplar => exemplar.TraceId == trace.Id);

        void Configure(OtlpExporterOptions options, string signal)
        {
            options.Protocol = protocol;
            options.Endpoint = protocol == OtlpExportProtocol.Grpc ? host.Grpc : new Uri(host.Http, $"/v1/{signal}");
            options.Headers = $"x-otlp-api-key={ReceiverHost.Key}";
            options.TimeoutMilliseconds = 30_000;
        }
    }
}
