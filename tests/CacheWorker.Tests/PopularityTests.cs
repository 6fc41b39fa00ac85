using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

public class PopularityTests
{
    private static readonly RedisKey s_key = "popularity:{hs}";

    [RedisFact]
    public async Task DecayAsync_AfterAHalfLife_HalvesOnceWhoeverAsks()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var clock = new Clock();
        var (first, second) = (Ranking(connection, clock), Ranking(connection, clock));
        await database.SortedSetAddAsync(s_key, [new("product:1", 100), new("product:2", 300), new("product:3", 0.011)]);
        await first.DecayAsync(default);
        Assert.Equal(100, await database.SortedSetScoreAsync(s_key, "product:1"));
        clock.Now += TimeSpan.FromHours(1);
        await first.DecayAsync(default);
        await second.DecayAsync(default);
        Assert.Equal(50, (await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 6);
        // What has become next to nothing leaves.
        Assert.Equal(["product:2", "product:1"], (await second.GetTopAsync(10, default)).Select(item => item.Key));
        clock.Now -= TimeSpan.FromHours(5);
        await first.DecayAsync(default);
        clock.Now += TimeSpan.FromHours(1);
        await first.DecayAsync(default);
        Assert.Equal(25, (await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 6);
    }

    [RedisFact]
    public async Task GetTopAsync_NothingCounted_IsEmpty()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        Assert.Empty(await Ranking(connection, new Clock()).GetTopAsync(10, default));
    }

    private static RedisPopularityRanking Ranking(ConnectionMultiplexer connection, TimeProvider time) =>
        new(connection, Options.Create(new HotShelfCachingOptions()), Options.Create(new FleetOptions()), Options.Create(new WarmingOptions()), time);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
