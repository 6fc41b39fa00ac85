using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>
/// The most read keys: the sorted set of <see cref="CachePopularity"/>, to which API nodes add (ZINCRBY). Here it decays, and what was read last is kept in memory and
/// given back to a Redis that has lost it.
/// </summary>
internal sealed class HotKeys(IConnectionMultiplexer redis, IOptions<HotShelfCachingOptions> caching, IOptions<WarmingOptions> options, TimeProvider time)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /* KEYS: ranking, time of the last decay (same slot). ARGV: half-life in ms, shortest interval in ms.
     * Several workers may call it: the first one after the interval decays for the time passed, the others find it done. The clock is that of Redis, since those of the workers differ.
     * A clock that went backwards only moves the mark. */
    private const string DecayScript = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local passed = now - (redis.call('GET', KEYS[2]) or now)
        if passed >= 0 and passed < tonumber(ARGV[2]) and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
        redis.call('SET', KEYS[2], now)
        if passed > 0 then
            redis.call('ZUNIONSTORE', KEYS[1], 1, KEYS[1], 'WEIGHTS', string.format('%.17g', 0.5 ^ (passed / tonumber(ARGV[1]))))
            redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(0.01')
        end
        return 1
        """;

    private readonly RedisKey _ranking = CachePopularity.RankingKey(caching.Value.Prefix);
    private readonly RedisKey _decayed = $"popularity-decayed:{{{caching.Value.Prefix}}}";
    private volatile SortedSetEntry[] _top = [];
    private long _read;

    /// <summary>As read last, the most read first.</summary>
    public IEnumerable<string> All => _top.Select(entry => (string)entry.Element!);

    /// <summary>Lets the ranking decay and reads it.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        // First: scores from before a long downtime would make the decay look like a loss.
        await database.ScriptEvaluateAsync(
            DecayScript,
            [_ranking, _decayed],
            [(long)options.Value.PopularityHalfLife.TotalMilliseconds, (long)(options.Value.RankingInterval.TotalMilliseconds / 2)])
            .WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        if (await ReadAsync(database, cancellationToken).ConfigureAwait(false) is var top && Lost(top) is { Length: > 0 } lost)
        {
            await database.SortedSetAddAsync(_ranking, lost, SortedSetWhen.GreaterThan).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
            top = await ReadAsync(database, cancellationToken).ConfigureAwait(false);
        }

        (_top, _read) = (top, time.GetTimestamp());
    }

    private Task<SortedSetEntry[]> ReadAsync(IDatabase database, CancellationToken cancellationToken) => options.Value.Products == 0 ? Task.FromResult<SortedSetEntry[]>([])
        : database.SortedSetRangeByRankWithScoresAsync(_ranking, 0, options.Value.Products - 1, Order.Descending).WaitAsync(s_timeout, time, cancellationToken);

    /// <summary>Decay explains a lower score; half of what it leaves, or no score at all among fewer keys than before, does not: Redis has lost the ranking.</summary>
    private SortedSetEntry[] Lost(SortedSetEntry[] top)
    {
        if (_top.Length == 0)
            return [];
        var left = Math.Pow(0.5, time.GetElapsedTime(_read) / options.Value.PopularityHalfLife);
        var scores = top.ToDictionary(entry => entry.Element, entry => entry.Score);
        // A full list has pushed the rest out.
        return [.. from entry in _top
                   let expected = entry.Score * left
                   where scores.TryGetValue(entry.Element, out var score) ? score < expected / 2 : top.Length < _top.Length && expected > 0.02
                   select new SortedSetEntry(entry.Element, expected)];
    }
}
