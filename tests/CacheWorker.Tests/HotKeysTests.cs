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
        await PassAsync(TimeSpan.FromHours(1), database, clock);
        await first.RefreshAsync(default);
        await second.RefreshAsync(default);
        Assert.Equal(50, (await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 1);
        // What has become next to nothing leaves.
        Assert.Equal(["product:2", "product:1"], second.All);
        await PassAsync(TimeSpan.FromHours(-5), database, clock);
        await second.RefreshAsync(default);
        await PassAsync(TimeSpan.FromHours(1), database, clock);
        await second.RefreshAsync(default);
        Assert.Equal(25, (await database.SortedSetScoreAsync(s_key, "product:1"))!.Value, 1);
    }

    [RedisFact]
    public async Task Refresh_ByWorkersWhoseClocksDiffer_DoesNotDecay()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var (early, late) = (new Clock(), new Clock());
        late.Advance(TimeSpan.FromHours(1));
        var (first, second) = (Keys(connection, early), Keys(connection, late));
        await connection.GetDatabase().SortedSetAddAsync(s_key, "product:1", 100);
        for (var i = 0; i < 2; i++)
        {
            await first.RefreshAsync(default);
            await second.RefreshAsync(default);
        }

        Assert.Equal(100, (await connection.GetDatabase().SortedSetScoreAsync(s_key, "product:1"))!.Value, 1);
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
        await PassAsync(TimeSpan.FromHours(2), database, clock);
        var restarted = Keys(connection, clock);
        await restarted.RefreshAsync(default);
        await PassAsync(TimeSpan.FromSeconds(10), database, clock);
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

    /// <summary>Redis' clock cannot be set: the mark is moved back instead.</summary>
    private static async Task PassAsync(TimeSpan time, IDatabase database, Clock clock)
    {
        if (time > TimeSpan.Zero)
            clock.Advance(time);
        await database.StringDecrementAsync("popularity-decayed:{hs}", (long)time.TotalMilliseconds);
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
