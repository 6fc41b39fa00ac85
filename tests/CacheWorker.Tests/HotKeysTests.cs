using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.TestServers;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

public class HotKeysTests
{
    private static readonly RedisKey s_key = "popularity:{hs}";

    [RedisFact]
    public async Task Refresh_AfterAHalfLife_HalvesOnceWhoeverAsks()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var clock = new Clock();
        var (first, second) = (Keys(connection, clock), Keys(connection, clock));
        await database.SortedSetAddAsync(s_key, [new("product:1", 100), new("product:2", 300), new("product:3", 0.011)]);
        await first.RefreshAsync(default);
        Assert.Equal(100, await database.SortedSetScoreAsync(s_key, "product:1"));
        clock.Advance(TimeSpan.FromHours(1));
        await first.RefreshAsync(default);
        await second.RefreshAsync(default);
        Assert.Equal(50, (await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 6);
        // What has become next to nothing leaves.
        Assert.Equal(["product:2", "product:1"], second.All);
        clock.Now -= TimeSpan.FromHours(5);
        await second.RefreshAsync(default);
        clock.Now += TimeSpan.FromHours(1);
        await second.RefreshAsync(default);
        Assert.Equal(25, (await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 6);
    }

    [RedisFact]
    public async Task Refresh_AfterADowntimeOfTwoHalfLives_DoesNotUndoTheDecay()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var clock = new Clock();
        await database.SortedSetAddAsync(s_key, "product:1", 100);
        await Keys(connection, clock).RefreshAsync(default);
        clock.Advance(TimeSpan.FromHours(2));
        var restarted = Keys(connection, clock);
        await restarted.RefreshAsync(default);
        clock.Advance(TimeSpan.FromSeconds(10));
        await restarted.RefreshAsync(default);
        Assert.InRange((await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 24, 25);
    }

    [RedisFact]
    public async Task Refresh_OfARankingThatWasLost_GivesItBackWithoutLoweringNewCounts()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var clock = new Clock();
        var hot = Keys(connection, clock);
        Assert.Empty(hot.All);
        await database.SortedSetAddAsync(s_key, [new("product:1", 100), new("product:2", 80), new("product:3", 40)]);
        await hot.RefreshAsync(default);
        await redis.CommandAsync("FLUSHALL");
        await database.SortedSetAddAsync(s_key, [new("product:1", 5), new("product:2", 200)]);
        clock.Advance(TimeSpan.FromHours(1));
        await hot.RefreshAsync(default);
        Assert.Equal(
            [("product:2", 200d), ("product:1", 50), ("product:3", 20)],
            (await database.SortedSetRangeByRankWithScoresAsync(s_key, order: Order.Descending)).Select(entry => ((string)entry.Element!, Math.Round(entry.Score, 6))));
        Assert.Equal(["product:2", "product:1", "product:3"], hot.All);
    }

    private static HotKeys Keys(ConnectionMultiplexer connection, TimeProvider time) =>
        new(connection, Options.Create(new HotShelfCachingOptions()), Options.Create(new WarmingOptions()), time);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Elapsed { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => (Now, Elapsed) = (Now + time, Elapsed + time);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
