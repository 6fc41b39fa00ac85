using StackExchange.Redis;

namespace HotShelf.CacheWorker;

/// <summary>What StackExchange.Redis throws when a server is away, slow, or does not allow a command; its versions disagree about a common base.</summary>
internal static class RedisFailures
{
    public static bool IsRedisFailure(this Exception failure) => failure is RedisException or RedisCommandException or TimeoutException;
}
