using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Redis client to a host, configured, connected at start, with a health check.</summary>
public static class AspireRedisExtensions
{
    private const string SectionName = "Aspire:StackExchange:Redis";

    /// <summary>Registers <see cref="IConnectionMultiplexer"/> for the connection of this name.</summary>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null) =>
        Add(builder, connectionName, serviceKey: null, configureSettings, configureOptions);

    /// <summary>Registers a keyed <see cref="IConnectionMultiplexer"/>; the name is both the key and the connection's name.</summary>
    public static void AddKeyedRedisClient(
        this IHostApplicationBuilder builder,
        string name,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null) =>
        Add(builder, name, serviceKey: name, configureSettings, configureOptions);

    private static void Add(
        IHostApplicationBuilder builder,
        string name,
        string? serviceKey,
        Action<StackExchangeRedisSettings>? configureSettings,
        Action<ConfigurationOptions>? configureOptions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        // Section, then named section, then the connection string, then the delegate: each may override what came before.
        var section = builder.Configuration.GetSection(SectionName);
        var namedSection = section.GetSection(name);
        var settings = new StackExchangeRedisSettings();
        section.Bind(settings);
        namedSection.Bind(settings);
        if (builder.Configuration.GetConnectionString(name) is { } connectionString)
            settings.ConnectionString = connectionString;
        configureSettings?.Invoke(settings);

        var connection = new RedisConnection(name, SectionName, settings.ConnectionString, options =>
        {
            section.GetSection("ConfigurationOptions").Bind(options);
            namedSection.GetSection("ConfigurationOptions").Bind(options);
            configureOptions?.Invoke(options);
        });
        if (serviceKey is null)
            builder.Services.AddSingleton<IConnectionMultiplexer>(_ => connection.Connect());
        else
            builder.Services.AddKeyedSingleton<IConnectionMultiplexer>(serviceKey, (_, _) => connection.Connect());

        builder.Services.AddSingleton<IHostedService>(services => new RedisActivator(connection, services, serviceKey, connect: !settings.DisableAutoActivation));
        if (!settings.DisableHealthChecks)
            AddHealthCheck(builder, serviceKey);
    }

    private static void AddHealthCheck(IHostApplicationBuilder builder, string? serviceKey)
    {
        var name = serviceKey is null ? "StackExchange.Redis" : $"StackExchange.Redis_{serviceKey}";
        var registered = $"{SectionName}:HealthCheck:{name}";
        if (builder.Properties.TryAdd(registered, true))
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(name, services => new RedisHealthCheck(services, serviceKey), failureStatus: null, tags: null));
    }
}
