using HotShelf.ServiceDefaults.Clients;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Aspire's clients, with a connection string that is checked when the process starts and without a span for each Redis command.</summary>
public static class ClientExtensions
{
    /// <summary>Registers an <see cref="IConnectionMultiplexer"/> for <c>ConnectionStrings:{connectionName}</c>. A server that is away does not stop the start.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configureOptions">Changes the options after the configuration was read.</param>
    /// <exception cref="OptionsValidationException">The connection string is missing or wrong. The message names its key and does not repeat its text.</exception>
    public static void AddCheckedRedisClient(this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var isChecked = false;
        builder.AddRedisClient(
            connectionName,
            settings =>
            {
                ConnectionString.CheckRedis(connectionName, settings.ConnectionString);
                // The cache's own spans say where a read was answered. Commands without a request, such as those of the registry, would each be a trace.
                settings.DisableTracing = true;
                isChecked = !settings.DisableHealthChecks;
                settings.DisableHealthChecks = true;
            },
            configureOptions);
        if (!isChecked)
            return;
        builder.Services.TryAddSingleton<RedisCheck>();
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(RedisCheck.Name, static provider => provider.GetRequiredService<RedisCheck>(), failureStatus: null, tags: null));
    }

    /// <summary>Registers an <c>NpgsqlDataSource</c> for <c>ConnectionStrings:{connectionName}</c>, named <paramref name="connectionName"/> in its metrics.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <exception cref="OptionsValidationException">The connection string is missing or wrong. The message names its key and does not repeat its text.</exception>
    public static void AddCheckedNpgsqlDataSource(this IHostApplicationBuilder builder, string connectionName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddNpgsqlDataSource(
            connectionName,
            settings =>
            {
                ConnectionString.CheckPostgres(connectionName, settings.ConnectionString);
                // The defaults follow Npgsql's source when a collector is set. Without one, spans would be made for no reader.
                settings.DisableTracing = true;
            },
            // Without a name the metrics carry the connection string.
            postgres => postgres.Name = connectionName);
    }
}
