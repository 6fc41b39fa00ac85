using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OpenTelemetry;

/// <summary>Configures metrics, traces and logs of a host; made by <c>AddOpenTelemetry()</c>.</summary>
public sealed class OpenTelemetryBuilder : IOpenTelemetryBuilder
{
    internal OpenTelemetryBuilder(IServiceCollection services) => Services = services;

    /// <inheritdoc/>
    public IServiceCollection Services { get; }

    /// <summary>Adds to the resource that all three signals report.</summary>
    public OpenTelemetryBuilder ConfigureResource(Action<ResourceBuilder> configure)
    {
        OpenTelemetryBuilderSdkExtensions.ConfigureResource(this, configure);
        return this;
    }

    /// <summary>Turns metrics on.</summary>
    public OpenTelemetryBuilder WithMetrics() => WithMetrics(static _ => { });

    /// <summary>Turns metrics on and configures them.</summary>
    public OpenTelemetryBuilder WithMetrics(Action<MeterProviderBuilder> configure)
    {
        OpenTelemetryBuilderSdkExtensions.WithMetrics(this, configure);
        return this;
    }

    /// <summary>Turns traces on.</summary>
    public OpenTelemetryBuilder WithTracing() => WithTracing(static _ => { });

    /// <summary>Turns traces on and configures them.</summary>
    public OpenTelemetryBuilder WithTracing(Action<TracerProviderBuilder> configure)
    {
        OpenTelemetryBuilderSdkExtensions.WithTracing(this, configure);
        return this;
    }

    /// <summary>Turns logs on.</summary>
    public OpenTelemetryBuilder WithLogging() => WithLogging(configureBuilder: null, configureOptions: null);

    /// <summary>Turns logs on and configures them.</summary>
    public OpenTelemetryBuilder WithLogging(Action<LoggerProviderBuilder> configure) => WithLogging(configureBuilder: configure, configureOptions: null);

    /// <summary>Turns logs on and configures the provider and what a record carries.</summary>
    public OpenTelemetryBuilder WithLogging(Action<LoggerProviderBuilder>? configureBuilder, Action<OpenTelemetryLoggerOptions>? configureOptions)
    {
        OpenTelemetryBuilderSdkExtensions.WithLogging(this, configureBuilder, configureOptions);
        return this;
    }
}
