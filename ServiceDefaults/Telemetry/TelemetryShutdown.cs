using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HotShelf.ServiceDefaults.Telemetry;

/// <summary>
/// Sends what the exporters still hold when the process ends, for two seconds at most. Disposed of one after the other, as the container does it, the
/// three providers would give a collector that takes the connection and never answers five seconds each. It is a hosted service so that every host
/// makes it, and, since it asks for the providers, it goes before they do: after a stop as well as after a start that failed.
/// </summary>
internal sealed class TelemetryShutdown(MeterProvider meters, TracerProvider traces, LoggerProvider logs) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        var limit = (int)s_limit.TotalMilliseconds;
        // Each waits on its own thread; together they wait no longer than the slowest.
        await Task.WhenAll(Task.Run(() => meters.Shutdown(limit)), Task.Run(() => traces.Shutdown(limit)), Task.Run(() => logs.Shutdown(limit))).ConfigureAwait(false);
    }
}
