using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Sends invalidations to the cache, in all its live versions, and returns when Redis has confirmed them.</summary>
internal sealed class CacheSender(HybridCache cache, CacheStorage? storage, LiveVersions versions, FeedState state, FeedMetrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(100);

    /// <param name="invalidations">The invalidations.</param>
    /// <param name="marks">The marks of the transactions: tags that their writers have removed already are not removed again.</param>
    /// <param name="cancellationToken">Ends the wait for a Redis that is away.</param>
    public async Task SendAsync(Invalidations invalidations, IReadOnlyCollection<string> marks, CancellationToken cancellationToken)
    {
        var keys = invalidations.Keys.Where(key => invalidations.Families.Count == 0 || !invalidations.Families.Contains(CacheStorage.FamilyOf(key.Key))).ToList();
        var others = versions.Others.Select(version => RetryAsync(() => storage!.RemoveAsync(version, keys, invalidations.Tags, invalidations.Families), cancellationToken)).ToList();

        // Once sent, an invalidation is either confirmed or kept by the cache in this process' memory: nothing of it is cancelled half-way.
        var sending = new List<Task>();
        if (keys.Count > 0)
            sending.Add(cache.RemoveOlderAsync(keys, CancellationToken.None).AsTask());
        if (invalidations.Tags.Count > 0)
            sending.Add(cache.RemoveByTagAsync(invalidations.Tags, marks, CancellationToken.None).AsTask());
        sending.AddRange(invalidations.Families.Select(family => cache.RemoveFamilyAsync(family, CancellationToken.None).AsTask()));
        await Task.WhenAll(sending).ConfigureAwait(false);

        // That memory ends with the process, the slot does not: it may advance only when nothing is kept any more.
        while (!await cache.SendPendingInvalidationsAsync().ConfigureAwait(false))
            await RedisAwayAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(others).ConfigureAwait(false);
        RedisBack();
    }

    /// <summary>Repeats an operation until Redis has confirmed it.</summary>
    public async Task RetryAsync(Func<Task> operation, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await operation().ConfigureAwait(false);
                RedisBack();
                return;
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                await RedisAwayAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task RedisAwayAsync(CancellationToken cancellationToken)
    {
        if (!state.IsRedisAway)
        {
            state.IsRedisAway = true;
            metrics.Failed("redis");
            Log.RedisAway(logger, s_retryDelay.TotalMilliseconds);
        }

        return Task.Delay(s_retryDelay, time, cancellationToken);
    }

    private void RedisBack()
    {
        if (state.IsRedisAway)
            Log.RedisBack(logger);
        state.IsRedisAway = false;
    }
}
