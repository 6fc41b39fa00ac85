using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace OpenTelemetry.Extensions.Hosting.Implementation;

/// <summary>Makes the providers at the start (nothing else asks for them) and lets them send what they hold at the stop.</summary>
internal sealed class TelemetryHostedService(IServiceProvider services) : IHostedService
{
    private static readonly TimeSpan s_flushLimit = TimeSpan.FromSeconds(2);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = services.GetService<MeterProvider>();
        _ = services.GetService<TracerProvider>();
        _ = services.GetService<LoggerProvider>();
        return Task.CompletedTask;
    }

    // Flushing waits for the collector; off this thread and limited, so that a collector that is away cannot hold the shutdown.
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => services.GetService<MeterProvider>()?.ForceFlush((int)s_flushLimit.TotalMilliseconds), CancellationToken.None),
        Task.Run(() => services.GetService<TracerProvider>()?.ForceFlush((int)s_flushLimit.TotalMilliseconds), CancellationToken.None),
        Task.Run(() => services.GetService<LoggerProvider>()?.ForceFlush((int)s_flushLimit.TotalMilliseconds), CancellationToken.None));
}
