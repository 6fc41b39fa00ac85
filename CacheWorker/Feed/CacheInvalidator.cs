using HotShelf.Caching;
using Microsoft.Extensions.Caching.Hybrid;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Feed;

internal sealed class CacheInvalidator(HybridCache cache, ICacheInspector inspector, IConnectionMultiplexer redis, TimeProvider time) : ICacheInvalidator
{
    // No product has this number, so removing it changes nothing.
    private const string ProbeKey = "product:0";
    private static readonly TimeSpan s_probeTimeout = TimeSpan.FromSeconds(1);

    public async Task InvalidateAsync(Invalidation invalidation, CancellationToken cancellationToken)
    {
        foreach (var family in invalidation.Families)
            await cache.RemoveFamilyAsync(family, cancellationToken).ConfigureAwait(false);
        if (invalidation.Tags.Count > 0)
            await cache.RemoveByTagAsync(invalidation.Tags, cancellationToken).ConfigureAwait(false);
        if (invalidation.Keys.Count > 0)
            await cache.RemoveAsync(invalidation.Keys, cancellationToken).ConfigureAwait(false);

        // The cache itself never fails a caller: what could not reach Redis it keeps in this process' memory, to send later. That memory dies
        // with the process and a row of the feed doesn't, so the row must stay until Redis has really been told.
        var pending = inspector.GetStatistics().PendingInvalidations;
        if (pending > 0)
            throw new CacheUnreachableException($"{pending} invalidations wait for Redis");
    }

    public async Task<bool> IsReachableAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A closed connection is seen without adding to what waits for it.
            await redis.GetDatabase().PingAsync().WaitAsync(s_probeTimeout, time, cancellationToken).ConfigureAwait(false);
            if (!await cache.SendPendingInvalidationsAsync().ConfigureAwait(false))
                return false;
            await InvalidateAsync(new Invalidation([ProbeKey], [], []), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure.IsRedisFailure() || failure is CacheUnreachableException)
        {
            return false;
        }
    }
}
