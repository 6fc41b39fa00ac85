using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Postgres.Internal;

/// <summary>Sends invalidations to the cache and returns when Redis has confirmed them.</summary>
internal sealed class CacheSender(HybridCache cache, FeedState state, FeedMetrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(100);

    public async Task SendAsync(Invalidations invalidations, CancellationToken cancellationToken)
    {
        // Once sent, an invalidation is either confirmed or kept by the cache in this process' memory: nothing of it is cancelled half-way.
        var sending = invalidations.Families.Select(family => cache.RemoveFamilyAsync(family, CancellationToken.None).AsTask()).ToList();
        if (invalidations.Tags.Count > 0)
            sending.Add(cache.RemoveByTagAsync(invalidations.Tags, CancellationToken.None).AsTask());
        // Version 0 removes an entry whatever its version.
        var keys = invalidations.Keys.Where(key => !invalidations.Families.Contains(FamilyOf(key.Key))).Select(key => KeyValuePair.Create(key.Key, key.Value ?? 0)).ToList();
        if (keys.Count > 0)
            sending.Add(cache.RemoveOlderAsync(keys, CancellationToken.None).AsTask());
        await Task.WhenAll(sending).ConfigureAwait(false);

        // That memory ends with the process, the slot does not: it may advance only when nothing is kept any more.
        while (!await cache.SendPendingInvalidationsAsync().ConfigureAwait(false))
        {
            if (!state.IsRedisAway)
            {
                metrics.Failed("redis");
                Log.RedisAway(logger, s_retryDelay.TotalMilliseconds);
            }

            state.IsRedisAway = true;
            await Task.Delay(s_retryDelay, time, cancellationToken).ConfigureAwait(false);
        }

        if (state.IsRedisAway)
            Log.RedisBack(logger);
        state.IsRedisAway = false;
    }

    private static string FamilyOf(string key) => key.IndexOf(':', StringComparison.Ordinal) is > 0 and var end ? key[..end] : key;
}
