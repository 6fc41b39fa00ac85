using System.Diagnostics.Tracing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults.Telemetry;

/// <summary>
/// Says once that the collector does not take our telemetry, and again when five minutes later it still does not. The exporters themselves
/// report to an event source only, once per failed batch.
/// </summary>
internal sealed class CollectorWatch(IConfiguration configuration, TimeProvider timeProvider, ILogger<CollectorWatch> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan s_repeat = TimeSpan.FromMinutes(5);
    private readonly Lock _lock = new();
    private Listener? _listener;
    private long? _saidAt;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener = new Listener(this);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener?.Dispose();

    private void OnFailure(string? what)
    {
        lock (_lock)
        {
            if (_saidAt is { } saidAt && timeProvider.GetElapsedTime(saidAt) < s_repeat)
                return;
            _saidAt = timeProvider.GetTimestamp();
        }

        Log.CollectorAway(logger, configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "", what ?? "unknown");
    }

    private sealed class Listener(CollectorWatch owner) : EventListener
    {
        private const string Source = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

        // The first batch is sent while the process ends, and the exporter makes a client of its own: nothing is lost by it.
        private const string Harmless = "HttpClientFactoryUnavailable";

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == Source)
                EnableEvents(eventSource, EventLevel.Warning);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName != Harmless)
                owner?.OnFailure(eventData.EventName);
        }
    }
}
