using HotShelf.CacheWorker.Sweeping;
using HotShelf.Caching;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

public class SweepTests
{
    [RedisFact]
    public async Task SweepAsync_OldVersion_RemovesItsKeysAndNoOthers()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        for (var id = 0; id < 1000; id++)
            await database.StringSetAsync($"{{hs:v1:product:{id}}}", "x", flags: CommandFlags.FireAndForget);
        string[] old = ["lease:{hs:v1:product:1}", "sliding:{hs:v1:session:a}"];
        string[] others = ["{hs:v2:product:1}", "{hs:v11:product:1}", "{xhs:v1:product:1}", "foreign:{hs:v1:product:1}", "popularity:{hs}", "lease:{hs:v2:product:1}"];
        foreach (var key in old.Concat(others))
            await database.StringSetAsync(key, "x");

        var result = await Sweeper(connection).SweepAsync("v1", default);
        Assert.Equal(1002, result.Removed);
        Assert.Equal($":{others.Length}", (await redis.CommandAsync("DBSIZE")).Trim());
        // Neither stops a server, as KEYS and FLUSHDB would.
        var commands = await redis.CommandAsync("INFO commandstats");
        Assert.DoesNotContain("cmdstat_keys", commands, StringComparison.Ordinal);
        Assert.DoesNotContain("cmdstat_flush", commands, StringComparison.Ordinal);
        Assert.Contains("cmdstat_scan", commands, StringComparison.Ordinal);
    }

    [RedisTheory]
    [InlineData("v2", "in use")]
    [InlineData("*", "may hold")]
    [InlineData("", "1 to 64")]
    [InlineData(null, "1 to 64")]
    public async Task Wrong_VersionThatMustNotBeSwept_SaysWhy(string? version, string why)
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        Assert.Contains(why, Sweeper(connection).Wrong(version), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task LookAsync_AfterAVersionBump_SweepsOnlyWhatNobodyHasUsedForAWhile()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        await database.SortedSetAddAsync("versions:{hs}", [new("v0", now.AddHours(-2).ToUnixTimeSeconds()), new("v1", now.AddMinutes(-30).ToUnixTimeSeconds())]);
        foreach (var key in (string[])["{hs:v0:product:1}", "{hs:v1:product:1}", "{hs:v2:product:1}"])
            await database.StringSetAsync(key, "x");

        await Watch(connection, sweeps: false).LookAsync(default);
        Assert.True(await database.KeyExistsAsync("{hs:v0:product:1}"));
        await Watch(connection, sweeps: true).LookAsync(default);
        Assert.False(await database.KeyExistsAsync("{hs:v0:product:1}"));
        Assert.True(await database.KeyExistsAsync("{hs:v1:product:1}"));
        Assert.True(await database.KeyExistsAsync("{hs:v2:product:1}"));
        Assert.Equal(["v1", "v2"], (await database.SortedSetRangeByRankAsync("versions:{hs}")).Select(version => (string)version!));
    }

    [RedisFact]
    public async Task SweepHidden_AfterABump_RemovesWhatItHidAndNothingElse()
    {
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await using var services = new ServiceCollection().AddLogging().AddSingleton<IConnectionMultiplexer>(connection).AddHotShelfCaching(options =>
        {
            options.Version = "v2";
            options.Families["session"] = new CachePolicy { Fresh = TimeSpan.FromHours(1), Sliding = TimeSpan.FromMinutes(20), Local = TimeSpan.Zero };
        }).AddHotShelfDistributedCache().BuildServiceProvider();
        var cache = services.GetRequiredService<HybridCache>();
        for (var id = 0; id < 250; id++)
            await cache.SetAsync($"product:{id}", "old", tags: ["red"]);
        await cache.SetAsync("session:1", "old");
        var distributed = services.GetRequiredService<Microsoft.Extensions.Caching.Distributed.IDistributedCache>();
        await distributed.SetAsync("antiforgery", [1], new(), default);
        Assert.Equal(0, (await Sweeper(connection).SweepHiddenAsync(default)).Removed);

        await cache.BumpVersionAsync();
        await cache.SetAsync("product:7", "new");
        Assert.Equal(250, (await Sweeper(connection).SweepHiddenAsync(default)).Removed);
        Assert.Equal("new", (await cache.TryGetAsync<string>("product:7")).Value);
        Assert.NotNull(await distributed.GetAsync("antiforgery"));
        Assert.Equal(0, (await Sweeper(connection).SweepHiddenAsync(default)).Removed);
    }

    private static VersionWatch Watch(ConnectionMultiplexer connection, bool sweeps) => new(
        connection, Sweeper(connection), Options.Create(new HotShelfCachingOptions { Version = "v2" }), Options.Create(new SweepOptions { AfterVersionBump = sweeps }), TimeProvider.System,
        NullLogger<VersionWatch>.Instance);

    private static VersionSweeper Sweeper(ConnectionMultiplexer connection) => new(
        connection, Storage(connection), Options.Create(new HotShelfCachingOptions { Version = "v2" }), Options.Create(new SweepOptions { StepSize = 100 }), TimeProvider.System,
        NullLogger<VersionSweeper>.Instance);

    private static CacheStorage Storage(ConnectionMultiplexer connection) => new ServiceCollection()
        .AddSingleton<IConnectionMultiplexer>(connection).AddHotShelfStorage(options => options.Version = "v2").BuildServiceProvider().GetRequiredService<CacheStorage>();
}
