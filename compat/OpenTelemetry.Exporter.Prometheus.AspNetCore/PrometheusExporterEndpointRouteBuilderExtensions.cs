using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Exporter.Prometheus;
using OpenTelemetry.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the scrape endpoint.</summary>
public static class PrometheusExporterEndpointRouteBuilderExtensions
{
    /// <summary>Maps the scrape endpoint to <see cref="PrometheusAspNetCoreOptions.ScrapeEndpointPath"/>.</summary>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var path = endpoints.ServiceProvider.GetRequiredService<IOptions<PrometheusAspNetCoreOptions>>().Value.ScrapeEndpointPath;
        return endpoints.MapPrometheusScrapingEndpoint(path ?? PrometheusAspNetCoreOptions.DefaultScrapeEndpointPath);
    }

    /// <summary>Maps the scrape endpoint to <paramref name="path"/>.</summary>
    /// <exception cref="InvalidOperationException"><c>AddPrometheusExporter</c> was not called.</exception>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints, string path)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(path);
        // The reader sees nothing before its provider exists.
        _ = endpoints.ServiceProvider.GetService<MeterProvider>();
        var reader = endpoints.ServiceProvider.GetService<ScrapeReader>()
            ?? throw new InvalidOperationException("No scrape endpoint without an exporter: call AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter()).");
        return endpoints.MapGet(path, new ScrapeEndpoint(reader).HandleAsync).WithDisplayName("Prometheus metrics");
    }
}
