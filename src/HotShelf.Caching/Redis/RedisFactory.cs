using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Internal.Telemetry;
using HotShelf.Caching.Redis.Tracking;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>Chooses the connection to Redis: the cache's own options, over a registered connection if that leads to the same Redis; a registered connection (keyed by the cache's name first); or none.</summary>
internal static class RedisFactory
{
    public static IRemoteStore? TryCreate(IServiceProvider services, string? name, HotShelfCachingOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        var storage = name is null ? services.GetService<CacheStorage>() : services.GetKeyedService<CacheStorage>(name);
        if ((storage?.Connection ?? TryConnect(services, name, options)) is not { } connection)
            return null;
        if (connection.Configuration.DefaultDatabase is > 0 and var database && options.Prefix == HotShelfCachingOptions.DefaultPrefix)
            Log.DatabaseSharesKeys(loggers.CreateLogger("HotShelf.Caching"), database);
        var keys = new RedisKeys(options.Prefix, options.Version);
        var coherence = new RedisCoherence(connection, keys, () => Tracking(connection.Configuration, keys), time, loggers.CreateLogger("HotShelf.Caching.Tracking"));
        return new RedisStore(connection, keys, coherence, options);
    }

    /// <summary>The connection of a cache, which is opened when it is used first; null without Redis.</summary>
    public static RedisConnection? TryConnect(IServiceProvider services, string? name, HotShelfCachingOptions options)
    {
        if (options.MemoryOnly)
            return null;
        var own = OwnConfiguration(options);
        IConnectionMultiplexer? multiplexer;
        try
        {
            multiplexer = (name is null ? null : services.GetKeyedService<IConnectionMultiplexer>(name)) ?? (own is null || name is null ? services.GetService<IConnectionMultiplexer>() : null);
        }
        catch (RedisConnectionException) when (own is not null)
        {
            // A Redis that is away, and may be another one.
            multiplexer = null;
        }

        var registered = multiplexer is null ? null : ClientConfiguration.Of(multiplexer);
        if ((own ?? registered) is not { } configuration)
            return null;
        Check(configuration);
        return registered is null || own is not null && !IsSame(own, registered) ? RedisConnection.Own(configuration) : RedisConnection.Shared(multiplexer!, configuration);
    }

    /// <summary>True when a connection is registered that <see cref="TryCreate"/> would use. Creates nothing.</summary>
    public static bool IsRegistered(IServiceProvider services, string? name) =>
        services.GetService<IServiceProviderIsService>()?.IsService(typeof(IConnectionMultiplexer)) == true
        || name is not null && services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(IConnectionMultiplexer), name) == true;

    private static ConfigurationOptions? OwnConfiguration(HotShelfCachingOptions options) => options switch
    {
        { RedisConfiguration: { } configuration } => configuration.Clone(),
        { Redis: { } text } => ClientConfiguration.Parse(text).ForCaching(),
        _ => null,
    };

    /// <summary>Whether a registered connection leads where the cache's own setting does: one server in common is the same Redis. What the setting does not say may differ.</summary>
    private static bool IsSame(ConfigurationOptions own, ConfigurationOptions registered)
    {
        var servers = registered.Clone();
        servers.SetDefaultPorts();
        return own.EndPoints.Any(servers.EndPoints.Contains) && (own.DefaultDatabase ?? 0) == (registered.DefaultDatabase ?? 0) && (own.User is null || own.User == registered.User);
    }

    private static void Check(ConfigurationOptions configuration)
    {
        if (!string.IsNullOrEmpty(configuration.ServiceName))
        {
            throw new InvalidOperationException(
                "The cache's Redis connection string (ConnectionStrings:<name> or Caching:Redis) names Sentinels (serviceName). Name the servers they watch instead, without serviceName: server1:6379,server2:6379. Which of them is the primary is found, and followed when it changes.");
        }

        if (configuration.EndPoints.Count == 0)
            throw new InvalidOperationException("The cache's Redis connection string (ConnectionStrings:<name> or Caching:Redis) contains no server. Expected format: host:port,password=...,ssl=true.");
        configuration.SetDefaultPorts();
    }

    private static TrackingOptions Tracking(ConfigurationOptions configuration, RedisKeys keys) => new()
    {
        EndPoints = [.. configuration.EndPoints],
        Prefix = keys.TrackedPrefix,
        // Read for each connection: a token provider renews the password before it expires.
        Credentials = () => (configuration.User, configuration.Password),
        Tls = ClientConfiguration.TlsOf(configuration),
        BeforeConnect = configuration.BeforeSocketConnect is { } prepare ? (endPoint, socket) => prepare(endPoint, ConnectionType.Subscription, socket) : null,
    };
}
