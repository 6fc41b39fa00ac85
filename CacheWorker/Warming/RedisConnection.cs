using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Whether Redis takes writes.</summary>
internal sealed class RedisConnection(IConnectionMultiplexer redis, TimeProvider time)
{
    private static readonly RedisKey s_probe = "cacheworker:probe";
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    public async Task<bool> IsReachableAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A replica, and a server whose disk is full, answer and refuse this.
            await redis.GetDatabase().KeyDeleteAsync(s_probe).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure.IsRedisFailure())
        {
            return false;
        }
    }
}
