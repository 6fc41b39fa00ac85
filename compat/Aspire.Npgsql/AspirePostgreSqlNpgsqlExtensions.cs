using System.Data.Common;
using Aspire.Npgsql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Postgres data source to a host, configured, with a health check, traces and metrics.</summary>
public static class AspirePostgreSqlNpgsqlExtensions
{
    private const string SectionName = "Aspire:Npgsql";
    private const string TelemetryName = "Npgsql";

    /// <summary>Registers <see cref="NpgsqlDataSource"/>, <see cref="DbDataSource"/>, <see cref="NpgsqlConnection"/> and <see cref="DbConnection"/> for the connection of this name.</summary>
    public static void AddNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null) =>
        Add(builder, connectionName, serviceKey: null, configureSettings, configureDataSourceBuilder);

    /// <summary>Registers the same services keyed; the name is both the key and the connection's name.</summary>
    public static void AddKeyedNpgsqlDataSource(
        this IHostApplicationBuilder builder,
        string name,
        Action<NpgsqlSettings>? configureSettings = null,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null) =>
        Add(builder, name, serviceKey: name, configureSettings, configureDataSourceBuilder);

    private static void Add(
        IHostApplicationBuilder builder,
        string name,
        string? serviceKey,
        Action<NpgsqlSettings>? configureSettings,
        Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        // Section, then named section, then the connection string, then the delegate: each may override what came before.
        var section = builder.Configuration.GetSection(SectionName);
        var settings = new NpgsqlSettings();
        section.Bind(settings);
        section.GetSection(name).Bind(settings);
        if (builder.Configuration.GetConnectionString(name) is { } connectionString)
            settings.ConnectionString = connectionString;
        configureSettings?.Invoke(settings);

        var source = new PostgresSource(name, SectionName, settings.ConnectionString, configureDataSourceBuilder);
        AddServices(builder.Services, source, serviceKey);
        if (!settings.DisableHealthChecks)
            AddHealthCheck(builder, serviceKey);
        if (!settings.DisableTracing)
            builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(TelemetryName));
        if (!settings.DisableMetrics)
            builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(TelemetryName));
    }

    private static void AddServices(IServiceCollection services, PostgresSource source, string? serviceKey)
    {
        services.AddSingleton<IHostedService>(new PostgresSettingsCheck(source));
        if (serviceKey is null)
        {
            services.AddSingleton(provider => source.Create(provider));
            services.AddSingleton<DbDataSource>(static provider => provider.GetRequiredService<NpgsqlDataSource>());
            services.AddTransient(static provider => provider.GetRequiredService<NpgsqlDataSource>().CreateConnection());
            services.AddTransient<DbConnection>(static provider => provider.GetRequiredService<NpgsqlConnection>());
        }
        else
        {
            services.AddKeyedSingleton(serviceKey, (provider, _) => source.Create(provider));
            services.AddKeyedSingleton<DbDataSource>(serviceKey, static (provider, key) => provider.GetRequiredKeyedService<NpgsqlDataSource>(key));
            services.AddKeyedTransient(serviceKey, static (provider, key) => provider.GetRequiredKeyedService<NpgsqlDataSource>(key).CreateConnection());
            services.AddKeyedTransient<DbConnection>(serviceKey, static (provider, key) => provider.GetRequiredKeyedService<NpgsqlConnection>(key));
        }
    }

    private static void AddHealthCheck(IHostApplicationBuilder builder, string? serviceKey)
    {
        var name = serviceKey is null ? "PostgreSql" : $"PostgreSql_{serviceKey}";
        if (builder.Properties.TryAdd($"{SectionName}:HealthCheck:{name}", true))
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(name, services => new PostgresHealthCheck(services, serviceKey), failureStatus: null, tags: null));
    }
}
