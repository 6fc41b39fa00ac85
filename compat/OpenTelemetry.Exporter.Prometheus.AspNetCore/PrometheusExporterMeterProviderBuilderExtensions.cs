using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Exporter;
using OpenTelemetry.Exporter.Prometheus;

namespace OpenTelemetry.Metrics;

/// <summary>Adds the Prometheus exporter to the meter provider.</summary>
public static class PrometheusExporterMeterProviderBuilderExtensions
{
    /// <summary>Adds the exporter with its defaults.</summary>
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder) => builder.AddPrometheusExporter(name: null, configure: null);

    /// <summary>Adds the exporter and configures it.</summary>
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder, Action<PrometheusAspNetCoreOptions>? configure) =>
        builder.AddPrometheusExporter(name: null, configure);

    /// <summary>Adds the exporter with options of this name.</summary>
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder, string? name, Action<PrometheusAspNetCoreOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (name is not null)
            throw new NotSupportedException("AddPrometheusExporter with a name: this stand-in has one exporter per host.");
        builder.ConfigureServices(services =>
        {
            if (configure is not null)
                services.Configure(configure);
            services.TryAddSingleton<ScrapeReader>();
        });
        return builder.AddReader(static services => services.GetRequiredService<ScrapeReader>());
    }
}
