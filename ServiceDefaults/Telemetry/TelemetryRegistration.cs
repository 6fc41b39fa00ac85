using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HotShelf.ServiceDefaults.Telemetry;

/// <summary>Metrics always, for the scrape endpoint. Traces and logs only when a collector is set.</summary>
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

    // Seconds. The framework's own buckets begin at 5 ms, above nearly every answer from cache.
    private static readonly double[] s_requestBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public static void AddDefaultTelemetry(this IHostApplicationBuilder builder, ServiceDefaultsOptions options)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName,
                autoGenerateServiceInstanceId: !HasInstanceId(builder)))
            .WithMetrics(metrics => metrics
                .AddMeter(s_frameworkMeters)
                .AddMeter([.. options.Meters])
                .AddView("http.server.request.duration", new ExplicitBucketHistogramConfiguration { Boundaries = s_requestBuckets })
                .SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddPrometheusExporter());
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;

        // Scopes stay out: the server's own scope holds the path, and with it keys and user ids. The trace id links records all the same.
        builder.Logging.AddOpenTelemetry(static logging => logging.IncludeFormattedMessage = true);
        telemetry
            .WithTracing(tracing =>
            {
                tracing.AddAspNetCoreInstrumentation(requests => TraceRequests(requests, options.CacheResult));
                tracing.AddSource(builder.Environment.ApplicationName, ClientPaths.Source, "Npgsql").AddSource([.. options.Sources]).AddProcessor<ClientPaths>();
                if (SamplerOf(builder, options) is { } sampler)
                    tracing.SetSampler(sampler);
            })
            .UseOtlpExporter();
        builder.Services.AddHostedService<TelemetryShutdown>();
    }

    private static void TraceRequests(AspNetCoreTraceInstrumentationOptions requests, Func<HttpContext, string?> cacheResult)
    {
        requests.Filter = static context => !DefaultPaths.IsProbe(context.Request.Path);
        // The path and the query hold keys and user ids. The route says which endpoint it was.
        requests.EnrichWithHttpRequest = static (activity, _) => activity.SetTag("url.path", null).SetTag("url.query", null);
        requests.EnrichWithHttpResponse = (activity, response) =>
        {
            if (cacheResult(response.HttpContext) is { } result)
                activity.SetTag("hotshelf.cache.result", result);
        };
    }

    // Aspire sets always_on in development. Alone it would record the children of a probe, which is not recorded itself, each as a trace of its own.
    private static ParentBasedSampler? SamplerOf(IHostApplicationBuilder builder, ServiceDefaultsOptions options) =>
        options.TraceSampleRatio is { } ratio ? new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio))
        : builder.Configuration["OTEL_TRACES_SAMPLER"] == "always_on" ? new ParentBasedSampler(new AlwaysOnSampler(), remoteParentNotSampled: new AlwaysOnSampler())
        : null;

    private static bool HasInstanceId(IHostApplicationBuilder builder) =>
        builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"]?.Contains("service.instance.id=", StringComparison.Ordinal) == true;
}
