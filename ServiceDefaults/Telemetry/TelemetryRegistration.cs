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
                if (SamplerOf(builder, options) is { } sampler)
                    tracing.SetSampler(sampler);
            })
            .UseOtlpExporter();
        builder.Services.AddHostedService<CollectorWatch>().AddHostedService<TelemetryShutdown>();
    }

    // Aspire sets always_on in development. Taken at its word, it would record the children of a probe that is not recorded itself, each as a trace
    // without a beginning: what is not recorded here has no children that are.
    private static ParentBasedSampler? SamplerOf(IHostApplicationBuilder builder, ServiceDefaultsOptions options) =>
        options.TraceSampleRatio is { } ratio ? new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio))
        : builder.Configuration["OTEL_TRACES_SAMPLER"] == "always_on" ? new ParentBasedSampler(new AlwaysOnSampler(), remoteParentNotSampled: new AlwaysOnSampler())
        : null;

    private static bool HasInstanceId(IHostApplicationBuilder builder) =>
        builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.instance.id=", StringComparison.Ordinal) == true;
}
