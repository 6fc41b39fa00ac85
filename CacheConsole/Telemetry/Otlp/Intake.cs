using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Takes what arrives, by whatever transport, into the stores, and says what was not taken.</summary>
internal sealed class Intake(LogReader logReader, SpanReader spanReader, MeasurementReader measurementReader, LogStore logs, TraceStore traces, MetricStore metrics, IntakeCount count)
{
    public ExportLogsServiceResponse Take(ExportLogsServiceRequest request)
    {
        var entries = logReader.Read(request);
        logs.Add(entries);
        count.Add(entries.Count, rejected: 0);
        return new ExportLogsServiceResponse();
    }

    public ExportTraceServiceResponse Take(ExportTraceServiceRequest request)
    {
        var rejections = new Rejections();
        var spans = spanReader.Read(request, rejections);
        traces.Add(spans);
        count.Add(spans.Count, rejections.Count);
        var response = new ExportTraceServiceResponse();
        if (rejections.Count > 0)
            response.PartialSuccess = new ExportTracePartialSuccess { RejectedSpans = rejections.Count, ErrorMessage = rejections.Message };
        return response;
    }

    public ExportMetricsServiceResponse Take(ExportMetricsServiceRequest request)
    {
        var rejections = new Rejections();
        var measurements = measurementReader.Read(request, rejections);
        metrics.Add(measurements);
        count.Add(measurements.Count, rejections.Count);
        var response = new ExportMetricsServiceResponse();
        if (rejections.Count > 0)
            response.PartialSuccess = new ExportMetricsPartialSuccess { RejectedDataPoints = rejections.Count, ErrorMessage = rejections.Message };
        return response;
    }
}
