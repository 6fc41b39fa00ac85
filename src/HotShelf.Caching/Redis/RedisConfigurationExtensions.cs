using StackExchange.Redis;

namespace HotShelf.Caching;

/// <summary>Settings of StackExchange.Redis that suit a cache.</summary>
public static class RedisConfigurationExtensions
{
    /// <summary>
    /// A cache asks its origin when Redis is away. So commands fail at once instead of waiting for a connection (<see cref="BacklogPolicy.FailFast"/>); a start
    /// without Redis is no failure (<c>AbortOnConnectFail</c> false) and waits for one attempt to connect, not for three; and a lost connection is tried again
    /// every half second. Commands use RESP2, which this client answers faster; the cache's tracking connection speaks RESP3 by itself.
    /// For <c>AddRedisClient(name, configureOptions: options => options.ForCaching())</c>; what the cache connects by itself has it.
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
        return options;
    }
}
