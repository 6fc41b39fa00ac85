using HotShelf.CacheConsole.Telemetry;
using HotShelf.CacheConsole.Telemetry.Otlp;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.CacheConsole.Tests.Telemetry;

/// <summary>The stores and what fills them, without a server.</summary>
internal sealed class Stores : IDisposable
{
    private readonly ServiceProvider _services;

    public Stores(Action<TelemetryOptions>? configure = null)
    {
        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
        services.AddTelemetryStores();
        if (configure is not null)
            services.Configure(configure);
        _services = services.BuildServiceProvider();
    }

    public Intake Intake => _services.GetRequiredService<Intake>();

    public LogStore Logs => _services.GetRequiredService<LogStore>();

    public TraceStore Traces => _services.GetRequiredService<TraceStore>();

    public MetricStore Metrics => _services.GetRequiredService<MetricStore>();

    public SourceTable Sources => _services.GetRequiredService<SourceTable>();

    public void Dispose() => _services.Dispose();
}
