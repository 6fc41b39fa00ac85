using System.Globalization;
using HotShelf.Caching;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>
/// The sorted set <c>popularity:{prefix}</c>: member is a cache key, score a count that halves with time. API nodes add to it (ZINCRBY);
/// here it is read, made to decay and kept small. It carries no version, so that a new version of the cache is warmed by what was popular in the old one.
/// </summary>
internal sealed class RedisPopularityRanking(
    IConnectionMultiplexer redis, IOptions<HotShelfCachingOptions> caching, IOptions<WarmingOptions> options, TimeProvider time) : IPopularityRanking
{
    private const int MaximumMembers = 20_000;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /* KEYS: ranking, time of the last decay (same slot). ARGV: now in ms, half-life in ms, shortest interval in ms, most members.
     * Several workers may call it: whoever comes first after the interval decays for the time passed, the others find it done. A clock that
     * went backwards only moves the mark. */
    private const string DecayScript = """
        local now, last = tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[2]) or ARGV[1])
        local passed = now - last
        if passed >= 0 and passed < tonumber(ARGV[3]) and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
        redis.call('SET', KEYS[2], ARGV[1])
        if passed > 0 then
            redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[1], 'WEIGHTS', string.format('%.17g', 0.5 ^ (passed / tonumber(ARGV[2]))))
            redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(0.01')
        end
        redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[4]))
        return 1
        """;

    private readonly RedisKey _ranking = $"popularity:{{{caching.Value.Prefix}}}";
    private readonly RedisKey _decayed = $"popularity-decayed:{{{caching.Value.Prefix}}}";

    public async Task<IReadOnlyList<string>> GetTopAsync(int count, CancellationToken cancellationToken)
    {
        if (count <= 0)
            return [];
        var members = await redis.GetDatabase().SortedSetRangeByRankAsync(_ranking, 0, count - 1, Order.Descending)
            .WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        return [.. members.Select(member => (string)member!)];
    }

    public Task DecayAsync(CancellationToken cancellationToken) => redis.GetDatabase().ScriptEvaluateAsync(
        DecayScript,
        [_ranking, _decayed],
        [
            time.GetUtcNow().ToUnixTimeMilliseconds(), (long)options.Value.PopularityHalfLife.TotalMilliseconds,
            (long)(options.Value.RankingInterval.TotalMilliseconds / 2), MaximumMembers.ToString(CultureInfo.InvariantCulture),
        ]).WaitAsync(s_timeout, time, cancellationToken);
}
