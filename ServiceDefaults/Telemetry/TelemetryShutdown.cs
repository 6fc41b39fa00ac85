using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HotShelf.ServiceDefaults.Telemetry;

/// <summary>
/// Exports the last telemetry when the process ends, for two seconds at most. The container disposes of the three providers one after the other, and each
/// waits five seconds for a collector that accepts the connection and does not answer. As a hosted service this class is created in every host and
/// disposed of before the providers, also when the start failed.
/// </summary>
internal sealed class TelemetryShutdown(MeterProvider meters, TracerProvider traces, LoggerProvider logs) : IHostedService, IAsyncDisposable
{
    private const int LimitMs = 2000;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Each provider blocks a thread of its own, so together they take no longer than the slowest.
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(Task.Run(() => meters.Shutdown(LimitMs)), Task.Run(() => traces.Shutdown(LimitMs)), Task.Run(() => logs.Shutdown(LimitMs))).ConfigureAwait(false);
}
