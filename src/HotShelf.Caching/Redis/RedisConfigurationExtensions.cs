using StackExchange.Redis;

namespace HotShelf.Caching;

/// <summary>Settings of StackExchange.Redis for a cache.</summary>
public static class RedisConfigurationExtensions
{
    /// <summary>
    /// Configures a connection for caching. Commands fail at once without a connection instead of waiting for it (<see cref="BacklogPolicy.FailFast"/>), because
    /// the cache then uses its origin. The application starts without Redis (<c>AbortOnConnectFail</c> false) after one attempt to connect instead of three, and
    /// a lost connection is retried every half second. Commands use RESP2, which this client processes faster; the cache's tracking connection uses RESP3. Exceptions do not name keys, which may hold personal data.
    /// For <c>AddRedisClient(name, configureOptions: options => options.ForCaching())</c>; a connection made by the cache from a connection string uses these settings already.
    /// </summary>
    /// <param name="options">The options of the connection; changed in place.</param>
    /// <returns><paramref name="options"/>.</returns>
    public static ConfigurationOptions ForCaching(this ConfigurationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.AbortOnConnectFail = false;
        options.ConnectRetry = 1;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        options.Protocol = RedisProtocol.Resp2;
        options.IncludeDetailInExceptions = false;
        return options;
    }
}
