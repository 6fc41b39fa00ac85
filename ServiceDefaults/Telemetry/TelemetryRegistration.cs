using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HotShelf.ServiceDefaults.Telemetry;

/// <summary>Metrics always, for the scrape endpoint; traces and logs when somebody receives them.</summary>
internal static class TelemetryRegistration
{
    private static readonly string[] s_frameworkMeters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Diagnostics",
        "Microsoft.AspNetCore.RateLimiting",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
    ];

    private static readonly string[] s_frameworkSources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    public static void AddDefaultTelemetry(this IHostApplicationBuilder builder, ServiceDefaultsOptions options)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName,
                autoGenerateServiceInstanceId: !HasInstanceId(builder)))
            .WithMetrics(metrics => metrics
                .AddMeter(s_frameworkMeters)
                .AddMeter([.. options.Meters])
                .SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddPrometheusExporter());
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;

        // Scopes stay out: the server's own scope holds the path, and with it keys and user ids. The trace id links records all the same.
        builder.Logging.AddOpenTelemetry(static logging => logging.IncludeFormattedMessage = true);
        telemetry
            .WithTracing(tracing =>
            {
                tracing.AddSource(builder.Environment.ApplicationName).AddSource(s_frameworkSources).AddSource([.. options.Sources]);
                if (options.TraceSampleRatio is { } ratio)
                    tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio)));
            })
            .UseOtlpExporter();
        builder.Services.AddHostedService<CollectorWatch>();
    }

    private static bool HasInstanceId(IHostApplicationBuilder builder) =>
        builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.instance.id=", StringComparison.Ordinal) == true;
}
