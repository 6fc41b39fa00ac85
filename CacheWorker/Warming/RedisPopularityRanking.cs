using System.Globalization;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>
/// The sorted set of <see cref="CachePopularity"/>: API nodes add to it (ZINCRBY); here it is read, made to decay, kept small, and restored after
/// a loss. A mark beside it tells when it last decayed, and is the sign that Redis has not lost it.
/// </summary>
internal sealed class RedisPopularityRanking(
    IConnectionMultiplexer redis, IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> fleet, IOptions<WarmingOptions> options, TimeProvider time) : IPopularityRanking
{
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

    /* KEYS as above. ARGV: now in ms, then key and score in turn. What API nodes have counted since the loss stays. */
    private const string RestoreScript = """
        if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
        redis.call('SET', KEYS[2], ARGV[1])
        for i = 2, #ARGV, 2 do redis.call('ZINCRBY', KEYS[1], ARGV[i + 1], ARGV[i]) end
        return 1
        """;

    private readonly RedisKey _ranking = CachePopularity.RankingKey(caching.Value.Prefix);
    private readonly RedisKey _decayed = $"popularity-decayed:{{{caching.Value.Prefix}}}";

    public async Task<IReadOnlyList<KeyValuePair<string, double>>> GetTopAsync(int count, CancellationToken cancellationToken)
    {
        if (count <= 0)
            return [];
        var members = await redis.GetDatabase().SortedSetRangeByRankWithScoresAsync(_ranking, 0, count - 1, Order.Descending)
            .WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        return [.. members.Select(member => KeyValuePair.Create((string)member.Element!, member.Score))];
    }

    public Task DecayAsync(CancellationToken cancellationToken) => redis.GetDatabase().ScriptEvaluateAsync(
        DecayScript,
        [_ranking, _decayed],
        [
            time.GetUtcNow().ToUnixTimeMilliseconds(), (long)options.Value.PopularityHalfLife.TotalMilliseconds,
            (long)(options.Value.RankingInterval.TotalMilliseconds / 2), fleet.Value.PopularityLimit,
        ]).WaitAsync(s_timeout, time, cancellationToken);

    public async Task<bool> IsLostAsync(CancellationToken cancellationToken) =>
        !await redis.GetDatabase().KeyExistsAsync(_decayed).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);

    public Task RestoreAsync(IReadOnlyCollection<KeyValuePair<string, double>> scores, CancellationToken cancellationToken)
    {
        var arguments = new List<RedisValue>(1 + 2 * scores.Count) { time.GetUtcNow().ToUnixTimeMilliseconds() };
        foreach (var (key, score) in scores)
            arguments.AddRange([key, score.ToString("R", CultureInfo.InvariantCulture)]);
        return redis.GetDatabase().ScriptEvaluateAsync(RestoreScript, [_ranking, _decayed], [.. arguments]).WaitAsync(s_timeout, time, cancellationToken);
    }
}
