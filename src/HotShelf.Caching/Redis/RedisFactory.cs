using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis.Fleet;
using HotShelf.Caching.Redis.Tracking;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Redis;

/// <summary>Finds the way to Redis: the options' connection string, a registered connection (keyed by the cache's name first), or none.</summary>
internal static class RedisFactory
{
    public static IRemoteStore? TryCreate(IServiceProvider services, string? name, HotShelfCachingOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        var multiplexer = (name is null ? null : services.GetKeyedService<IConnectionMultiplexer>(name)) ?? (options.Redis is null || name is null ? services.GetService<IConnectionMultiplexer>() : null);
        var configuration = options.Redis ?? multiplexer?.Configuration;
        if (configuration is null)
            return null;
        var parsed = Parse(configuration);
        if (options.RedisCertificateValidation is { } validation)
            parsed.CertificateValidation += validation;
        var connection = multiplexer is null ? RedisConnection.Own(parsed) : RedisConnection.Shared(multiplexer);
        var keys = new RedisKeys(options.Prefix, options.Version);
        var coherence = new RedisCoherence(connection, keys, () => Tracking(parsed, UserOf(configuration), options, keys), time, loggers.CreateLogger("HotShelf.Caching.Tracking"));
        return new RedisStore(connection, keys, coherence, options);
    }

    /// <summary>The fleet as it tells of itself in Redis, over a registered connection or one of its own.</summary>
    public static RedisCacheFleet CreateFleet(IServiceProvider services, HotShelfCachingOptions options, TimeProvider time)
    {
        var multiplexer = services.GetService<IConnectionMultiplexer>();
        var configuration = options.Redis ?? multiplexer?.Configuration
            ?? throw new InvalidOperationException("What the fleet tells of itself is read from Redis: register an IConnectionMultiplexer (AddRedisClient), or set Caching:Redis to host:port,password=...,ssl=true.");
        var parsed = Parse(configuration);
        // For INFO and SLOWLOG, which the client sends only over a connection that says so.
        parsed.AllowAdmin = true;
        if (options.RedisCertificateValidation is { } validation)
            parsed.CertificateValidation += validation;
        var own = RedisConnection.Own(parsed);
        return new RedisCacheFleet(multiplexer is null ? own : RedisConnection.Shared(multiplexer), own, options, time);
    }

    /// <summary>Reads a connection string without ever repeating it: it holds the password.</summary>
    private static ConfigurationOptions Parse(string configuration)
    {
        try
        {
            var parsed = ConfigurationOptions.Parse(configuration);
            if (!string.IsNullOrEmpty(parsed.ServiceName))
            {
                throw new InvalidOperationException(
                    "The cache's Redis connection string (ConnectionStrings:<name> or Caching:Redis) names Sentinels (serviceName). Name the servers they watch instead, without serviceName: server1:6379,server2:6379. Which of them is the primary is found, and followed when it changes.");
            }

            if (parsed.EndPoints.Count > 0)
            {
                parsed.SetDefaultPorts();
                return parsed;
            }
        }
        catch (ArgumentException exception)
        {
            throw new InvalidOperationException(
                $"The cache's Redis connection string (ConnectionStrings:<name> or Caching:Redis) has an option that is not understood: {exception.ParamName ?? "see StackExchange.Redis' configuration options"}. Expected is host:port,password=...,ssl=true.");
        }

        throw new InvalidOperationException("The cache's Redis connection string (ConnectionStrings:<name> or Caching:Redis) names no server. Expected is host:port,password=...,ssl=true.");
    }

    /// <summary>The ACL user. Read from the text, since not every version of the client knows it; one that does not has refused the whole text before.</summary>
    private static string? UserOf(string configuration) =>
        configuration.Split(',').Select(option => option.Trim()).LastOrDefault(option => option.StartsWith("user=", StringComparison.OrdinalIgnoreCase))?["user=".Length..];

    private static TrackingOptions Tracking(ConfigurationOptions configuration, string? user, HotShelfCachingOptions options, RedisKeys keys) => new()
    {
        EndPoints = [.. configuration.EndPoints],
        Prefix = keys.TrackedPrefix,
        User = user,
        CertificateValidation = options.RedisCertificateValidation,
        Password = configuration.Password,
        Tls = configuration.Ssl,
        TlsHost = configuration.SslHost,
    };
}
