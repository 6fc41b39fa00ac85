using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>What Redis holds, and how much of it, as a console sees it.</summary>
public sealed class FleetEntryTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private Reader _reader = null!;
    private Node _node = null!;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null)
            return;
        _redis = await RedisServer.StartAsync();
        _reader = new Reader(_redis.ConnectionString);
        _node = await Node.StartAsync(_redis.ConnectionString, options =>
        {
            options.Default.Fresh = TimeSpan.FromHours(1);
            options.Default.Grace = TimeSpan.FromHours(1);
            options.Default.Negative = TimeSpan.FromMinutes(1);
            options.Families["session"] = new CachePolicy { Fresh = TimeSpan.FromHours(12), Sliding = TimeSpan.FromMinutes(20), Local = TimeSpan.Zero };
        });
    }

    public async Task DisposeAsync()
    {
        if (_redis is null)
            return;
        await _node.DisposeAsync();
        await _reader.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private ICacheFleet Fleet => _reader.Fleet;

    [RedisFact]
    public async Task Describe_AStoredEntry_ReturnsAllAndTheValueOnlyWhenRequested()
    {
        await _node.Cache.SetAsync("product:1", new Sample(7, "seven"), tags: ["red", "blue"]);
        var entry = (await Fleet.DescribeAsync("product:1", withValue: false))!;
        Assert.Equal(("product:1", "product", false, false, false), (entry.Key, entry.Family, entry.IsNull, entry.IsSliding, entry.Compressed));
        Assert.Equal(["red", "blue"], entry.Tags);
        Assert.Null(entry.HiddenBy);
        Assert.Null(entry.Value);
        Assert.Equal(TimeSpan.FromHours(1), entry.FreshUntil - entry.Created);
        Assert.Equal(TimeSpan.FromHours(2), entry.StaleUntil - entry.Created);
        Assert.InRange(entry.TimeToLive!.Value, TimeSpan.FromMinutes(110), TimeSpan.FromHours(2));
        Assert.Equal("""{"id":7,"name":"seven"}""", (await Fleet.DescribeAsync("product:1", withValue: true))!.Value!.Text);
        await Until.TrueAsync(async () => (await Fleet.DescribeAsync("product:1", withValue: false))!.Type == nameof(Sample), what: "a node has told the type's name");
    }

    [RedisFact]
    public async Task Describe_EntriesOfOtherKinds_DistinguishesThem()
    {
        await _node.Cache.SetAsync("product:long", new string('x', 10_000));
        await _node.Cache.SetAsync<string?>("product:none", null);
        await _node.Cache.SetAsync("product:bytes", new byte[] { 0xff, 0, 1 });
        await _redis.CommandAsync("SET {hs:v1:product:foreign} something-else-that-is-long-enough-to-be-one-of-the-frames-of-the-cache-by-its-length-alone");

        var compressed = (await Fleet.DescribeAsync("product:long", withValue: true))!;
        Assert.True(compressed is { Compressed: true, RawBytes: 10_000, StoredBytes: < 1000 });
        Assert.Equal(10_000, compressed.Value!.Text!.Length);
        Assert.True((await Fleet.DescribeAsync("product:none", withValue: true)) is { IsNull: true, Value: null });
        Assert.True((await Fleet.DescribeAsync("product:bytes", withValue: true))!.Value is { Text: null, Bytes.Length: 3 });
        Assert.Equal("Foreign", (await Fleet.DescribeAsync("product:foreign", withValue: true))!.Rejected);
        Assert.Null(await Fleet.DescribeAsync("product:absent", withValue: true));
    }

    [RedisFact]
    public async Task Describe_ASlidingEntry_DoesNotMakeItLiveLonger()
    {
        await _node.Cache.SetAsync("session:1", "someone");
        await _redis.CommandAsync("PEXPIRE sliding:{hs:v1:session:1} 5000");
        Assert.True((await Fleet.DescribeAsync("session:1", withValue: true)) is { IsSliding: true, TimeToLive.TotalSeconds: <= 5 });
        Assert.True(int.Parse((await _redis.CommandAsync("PTTL sliding:{hs:v1:session:1}")).AsSpan(1).Trim(), System.Globalization.CultureInfo.InvariantCulture) <= 5000);
    }

    [RedisTheory]
    [InlineData("red")]
    [InlineData("family")]
    [InlineData("*")]
    public async Task Describe_ARemovedTag_NamesTheTagThatHidesTheEntry(string by)
    {
        await _node.Cache.SetAsync("product:1", "one", tags: ["blue", "red"]);
        await (by == "family" ? _node.Cache.RemoveFamilyAsync("product") : _node.Cache.RemoveByTagAsync(by));
        Assert.Equal(by, (await Fleet.DescribeAsync("product:1", withValue: false))!.HiddenBy);
    }

    [RedisFact]
    public async Task BumpVersion_ByANode_HidesEverythingOnAllNodesAndReportsIt()
    {
        await using var other = await Node.StartAsync(_redis.ConnectionString);
        await _node.Cache.SetAsync("product:1", "old");
        Assert.Equal("old", await ReadAsync(other, "product:1", "unused"));
        var before = await Fleet.GetVersionAsync();
        await _node.Cache.BumpVersionAsync();
        Assert.Equal("new", await ReadAsync(_node, "product:1", "new"));
        await Until.TrueAsync(async () => await ReadAsync(other, "product:1", "unused") == "new", what: "the other node has heard of it");
        var version = await Fleet.GetVersionAsync();
        Assert.Equal(("hs", "v1"), (version.Prefix, version.Version));
        Assert.Null(before.Since);
        Assert.NotNull(version.Since);
        Assert.NotNull((await _reader.UntilAsync(happened => happened.Kind == CacheEventKind.VersionBumped, "the bump")).NodeId);
    }

    [RedisFact]
    public async Task BumpVersion_ByAConsole_HidesEverythingAndNamesTheActor()
    {
        Assert.Equal("old", await ReadAsync(_node, "product:1", "old"));
        var version = await Fleet.BumpVersionAsync("ada");
        Assert.Equal(version, await Fleet.GetVersionAsync());
        await Until.TrueAsync(async () => await ReadAsync(_node, "product:1", "new") == "new", what: "the node has heard of it");
        Assert.Equal("ada", (await _reader.UntilAsync(happened => happened.Kind == CacheEventKind.VersionBumped, "the bump")).Actor);
    }

    [RedisFact]
    public async Task Sample_SomeFamilies_CountsEntriesBytesAndLifetimes()
    {
        for (var id = 0; id < 40; id++)
            await _node.Cache.SetAsync($"product:{id}", "12345678");
        for (var id = 0; id < 10; id++)
            await _node.Cache.SetAsync($"price:{id}", "1", new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(30) });
        await _node.Cache.SetAsync("session:1", "someone");
        await _node.Cache.SetAsync("list:1", "gone");
        await _node.Cache.RemoveFamilyAsync("list");
        await _redis.CommandAsync("SET foreign x");

        var sample = await Fleet.SampleAsync();
        Assert.True(sample.IsComplete);
        Assert.InRange(sample.KeysSeen, 53, sample.KeysInRedis);
        var families = sample.Families.ToDictionary(family => family.Family);
        Assert.Equal(["list", "price", "product", "session"], families.Keys.Order());
        Assert.Equal((40, 40, 0, 0), (families["product"].Entries, families["product"].Fresh, families["product"].Stale, families["product"].Hidden));
        Assert.InRange(families["product"].Bytes, 40 * 70, 40 * 200);
        Assert.Equal(40, families["product"].Lifetimes.Single(band => band.UpTo == TimeSpan.FromHours(1)).Entries);
        Assert.Equal(10, families["price"].Lifetimes.Single(band => band.UpTo == TimeSpan.FromMinutes(1)).Entries);
        Assert.Equal((1, 1), (families["list"].Entries, families["list"].Hidden));
        Assert.Equal("product", sample.Families[0].Family);
    }

    [RedisFact]
    public async Task GetHotKeys_ARanking_ListsTheMostReadFirst()
    {
        Assert.Empty(await Fleet.GetHotKeysAsync(10));
        await _redis.CommandAsync($"ZADD {CachePopularity.RankingKey("hs")} 5 product:1 70 price:2 1 product:3");
        Assert.Equal([new HotKey("price:2", "price", 70), new HotKey("product:1", "product", 5)], await Fleet.GetHotKeysAsync(2));
    }

    [RedisFact]
    public async Task GetServers_OneServer_ReturnsItsFiguresAndSlowCommands()
    {
        await _redis.CommandAsync("CONFIG SET slowlog-log-slower-than 0");
        await _redis.CommandAsync("CONFIG SET maxmemory 100mb");
        // Every command is slow now, and the list holds the latest: ours is among them unless the node's own came in between.
        RedisServerFigures server = null!;
        await Until.TrueAsync(async () =>
        {
            await _redis.CommandAsync("SET secret a-value-that-is-nobodys-business");
            server = Assert.Single(await Fleet.GetServersAsync());
            return server.SlowLog!.Any(command => command.Command == "SET secret");
        }, what: "the slow command is listed without its value");
        Assert.Equal($"127.0.0.1:{_redis.Port}", server.EndPoint);
        Assert.Equal(100 * 1024 * 1024, server.MaximumMemory);
        Assert.True(server is { UsedMemory: > 0, Clients: > 0, TrackingClients: > 0, Keys: > 0, Uptime: not null, Version: not null, EvictionPolicy: "noeviction" });
    }

    [RedisFact]
    public async Task EveryQuestion_WithRedisAway_FailsAsOneException()
    {
        await _redis.KillAsync();
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await Fleet.GetNodesAsync());
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await Fleet.GetHistoryAsync(TimeSpan.FromHours(1)));
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await Fleet.DescribeAsync("product:1", withValue: false));
        await Assert.ThrowsAsync<FleetUnavailableException>(async () => await Fleet.GetVersionAsync());
        await _redis.RestartAsync();
        await Until.TrueAsync(async () =>
        {
            try
            {
                return (await Fleet.GetNodesAsync()).Count == 1;
            }
            catch (FleetUnavailableException)
            {
                return false;
            }
        }, seconds: 60, what: "the node is back in the registry");
    }

    private static ValueTask<string> ReadAsync(Node node, string key, string value) => node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value));

    internal sealed record Sample(int Id, string Name);
}
