using HotShelf.ServiceDefaults;
using HotShelf.ServiceDefaults.Configuration;
using HotShelf.ServiceDefaults.Health;
using HotShelf.ServiceDefaults.Hosting;
using HotShelf.ServiceDefaults.Logging;
using HotShelf.ServiceDefaults.Requests;
using HotShelf.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>One stance for every process: health, telemetry, logs, resilience and service discovery.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the defaults; <paramref name="configure"/> changes what the section <c>ServiceDefaults</c> says.</summary>
    /// <exception cref="OptionsValidationException">A setting is out of range; the message names its configuration key.</exception>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, Action<ServiceDefaultsOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        StartFailure.LeaveOutOfLogs(builder);
        builder.AddSecretFiles();
        var options = ReadOptions(builder, configure);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(Options.Options.Create(options));
        builder.AddDefaultLogging(options);
        builder.AddDefaultTelemetry(options);
        builder.AddDefaultHealthChecks(options);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, ConnectionDrain>());
        if (options.RequestLog)
        {
            builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, RequestPipeline>());
            builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IDeveloperPageExceptionFilter, RequestPipeline>());
        }

        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(static http =>
        {
            // A write that is repeated may happen twice, so only safe methods are tried again.
            http.AddStandardResilienceHandler(static resilience => resilience.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>Maps <c>/health</c>, <c>/alive</c>, <c>/ready</c> and <c>/metrics</c>, in every environment.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapHealthEndpoints();
        app.MapPrometheusScrapingEndpoint(DefaultPaths.Metrics).DisableHttpMetrics().AllowAnonymous();
        return app;
    }

    // Read at once, because services are registered by them; projects that want something later use the options' own members.
    private static ServiceDefaultsOptions ReadOptions(IHostApplicationBuilder builder, Action<ServiceDefaultsOptions>? configure)
    {
        var options = new ServiceDefaultsOptions();
        builder.Configuration.GetSection(ServiceDefaultsOptions.SectionName).Bind(options);
        configure?.Invoke(options);
        var result = new ServiceDefaultsOptionsValidator().Validate(name: null, options);
        return result.Succeeded ? options : throw new OptionsValidationException(ServiceDefaultsOptions.SectionName, typeof(ServiceDefaultsOptions), result.Failures);
    }
}
