using System.Diagnostics.Metrics;
using System.Globalization;
using HotShelf.Caching;
using HotShelf.Caching.Postgres;
using HotShelf.Caching.Postgres.Internal;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers change feeds.</summary>
public static class PostgresChangeFeedServiceCollectionExtensions
{
    /// <summary>
    /// Turns the committed changes of a PostgreSQL database into invalidations of the cache that <c>AddHotShelfCaching</c> registers. Runs as a hosted service; any number of processes
    /// may, one of them works and the others wait. Also registers <see cref="IChangeFeed"/>; see <see cref="ChangeFeedHealthCheck"/> for health.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">The name of the connection string: <c>ConnectionStrings:{name}</c>, to the server itself and not to a pooler.</param>
    /// <param name="configure">Maps the tables.</param>
    /// <param name="options">Sets options, before the sections <c>ChangeFeed</c> and <c>ChangeFeed:{name}</c>.</param>
    /// <exception cref="InvalidOperationException">No table is mapped, or the feed of this connection is registered already.</exception>
    public static IHostApplicationBuilder AddPostgresChangeFeed(
        this IHostApplicationBuilder builder, string connectionName, Action<ChangeFeedBuilder> configure, Action<PostgresChangeFeedOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        ArgumentNullException.ThrowIfNull(configure);
        var feed = new ChangeFeedBuilder();
        configure(feed);
        if (feed.Tables.Count == 0)
            throw new InvalidOperationException($"The change feed of '{connectionName}' maps no table: call Table in AddPostgresChangeFeed.");
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(ChangeFeedParts) && Equals(service.ServiceKey, connectionName)))
            throw new InvalidOperationException($"The change feed of '{connectionName}' is registered already: map all tables in one call of AddPostgresChangeFeed.");

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresChangeFeedOptions>, PostgresChangeFeedOptionsValidator>());
        services.AddOptions<PostgresChangeFeedOptions>(connectionName).Configure(value =>
        {
            options?.Invoke(value);
            Bind(builder.Configuration.GetSection(PostgresChangeFeedOptions.SectionName), value);
            Bind(builder.Configuration.GetSection($"{PostgresChangeFeedOptions.SectionName}:{connectionName}"), value);
        }).ValidateOnStart();
        services.AddKeyedSingleton(connectionName, (provider, _) => new ChangeFeedParts(
            builder.Configuration.GetConnectionString(connectionName) is { Length: > 0 } connectionString ? connectionString
                : throw new InvalidOperationException($"The change feed has no connection to PostgreSQL: set ConnectionStrings:{connectionName} to Host=...;Username=...;Password=...;Database=..."),
            provider.GetRequiredService<IOptionsMonitor<PostgresChangeFeedOptions>>().Get(connectionName), feed,
            feed.Start is { } start ? cancellationToken => start(provider, cancellationToken) : null,
            provider.GetService<HybridCache>() ?? throw new InvalidOperationException("The change feed has no cache: call AddHotShelfCaching."),
            provider.GetRequiredService<CacheStorage>(), provider.GetRequiredService<IOptionsMonitor<HotShelfCachingOptions>>().Get(Options.Options.DefaultName),
            provider.GetServices<IChangeFeedObserver>(), provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ChangeFeedService>>()));
        services.AddSingleton<IChangeFeed>(provider => new ChangeFeed(connectionName, provider.GetRequiredKeyedService<ChangeFeedParts>(connectionName)));
        services.AddSingleton<IHostedService>(provider => new ChangeFeedService(
            provider.GetRequiredKeyedService<ChangeFeedParts>(connectionName), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ChangeFeedService>>()));
        return builder;
    }

    private static void Bind(IConfigurationSection section, PostgresChangeFeedOptions options)
    {
        options.Slot = section[nameof(options.Slot)] ?? options.Slot;
        options.Publication = section[nameof(options.Publication)] ?? options.Publication;
        options.VerifyOnly = Read(nameof(options.VerifyOnly), options.VerifyOnly);
        options.MaximumKeys = Read(nameof(options.MaximumKeys), options.MaximumKeys);
        options.DegradedAfter = Read(nameof(options.DegradedAfter), options.DegradedAfter);
        options.DegradedAboveRetainedBytes = Read(nameof(options.DegradedAboveRetainedBytes), options.DegradedAboveRetainedBytes);
        options.Heartbeat = Read(nameof(options.Heartbeat), options.Heartbeat);
        options.ConsumerTimeout = Read(nameof(options.ConsumerTimeout), options.ConsumerTimeout);

        T Read<T>(string key, T otherwise)
            where T : IParsable<T> => section[key] is not { Length: > 0 } text ? otherwise
            : T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
            : throw new OptionsValidationException(section.Path, typeof(PostgresChangeFeedOptions), [$"{section.Path}:{key} is '{text}', which is not a {typeof(T).Name}."]);
    }
}
