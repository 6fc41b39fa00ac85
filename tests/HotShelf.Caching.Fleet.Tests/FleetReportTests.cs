using HotShelf.TestServers;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>What nodes tell of themselves arrives at a console as it was.</summary>
public sealed class FleetReportTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private Reader _reader = null!;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null)
            return;
        _redis = await RedisServer.StartAsync();
        _reader = new Reader(_redis.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_redis is null)
            return;
        await _reader.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private ICacheFleet Fleet => _reader.Fleet;

    [RedisFact]
    public async Task GetNodes_TwoNodes_DescribesEachAndForgetsTheOneThatStops()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await using (var b = await Node.StartAsync(_redis.ConnectionString))
        {
            await b.Cache.SetAsync("product:1", "one");
            await Until.TrueAsync(async () => await Fleet.GetNodesAsync() is { Count: 2 } both && both.Count(node => node.LocalEntries == 1) == 1 && both.All(node => node.Coherence == "tracking"), what: "both are there, one with an entry");
            var nodes = await Fleet.GetNodesAsync();
            Assert.All(nodes, node => Assert.Equal((Environment.ProcessId, Environment.MachineName, "v1", "closed", "tracking"), (node.ProcessId, node.Machine, node.CacheVersion, node.RemoteState, node.Coherence)));
            Assert.Equal(2, nodes.Select(node => node.Id).Distinct().Count());
        }

        var left = await _reader.UntilAsync(happened => happened.Kind == CacheEventKind.NodeLeft, "a node left");
        await Until.TrueAsync(async () => await Fleet.GetNodesAsync() is [var only] && only.Id != left.NodeId, what: "the other one is alone");
    }

    [RedisFact]
    public async Task GetHistory_AKnownSequenceOnTwoNodes_AddsUp()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await using var b = await Node.StartAsync(_redis.ConnectionString);
        static ValueTask<string> Read(Node node, string key) => node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("value"));
        for (var i = 0; i < 10; i++)
            await Read(a, $"product:{i}");
        for (var i = 0; i < 10; i++)
            await Read(b, $"product:{i}");
        for (var i = 0; i < 30; i++)
            await Read(b, "product:1");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await a.Cache.GetOrCreateAsync<string>("price:1", _ => throw new InvalidOperationException()));

        FamilyMinute product = null!;
        await Until.TrueAsync(async () => (product = await _reader.TotalAsync("product")).Asked == 50, what: "all reads are counted");
        // Which of the two answered the reads of the second node depends on when it heard of the first one's stores.
        Assert.Equal((40, 10, 10, 0), (product.LocalHits + product.RemoteHits, product.Misses, product.Fills, product.Errors));
        Assert.True(product.RemoteHits >= 10, $"{product.RemoteHits} from Redis");
        Assert.Equal(10, product.FillDurations.Count);
        Assert.Equal(0.8, product.HitRatio);
        await Until.TrueAsync(async () => (await _reader.TotalAsync("price")).FillErrors == 1, what: "the failure is counted");
        var minutes = await Fleet.GetHistoryAsync(TimeSpan.FromHours(1));
        Assert.Equal(60, minutes.Count);
        Assert.True(minutes.Sum(minute => minute.Reads[CacheTier.L2].Count) >= 20);
        Assert.Equal(10, minutes.Sum(minute => minute.Reads[CacheTier.Origin].Count));
    }

    [RedisFact]
    public async Task GetHistory_ReadsByTheFeed_AreNotAmongThoseOfReaders()
    {
        await using var feed = await Node.StartAsync(_redis.ConnectionString, options => options.IsFeed = true);
        for (var i = 0; i < 5; i++)
            await feed.Cache.GetOrCreateAsync($"product:{i % 3}", _ => ValueTask.FromResult("value"));
        FamilyMinute product = null!;
        await Until.TrueAsync(async () => (product = await _reader.TotalAsync("product")).FeedReads == 5, what: "the feed's reads are counted");
        Assert.Equal((0, 3, 3), (product.Asked, product.Fills, product.FillDurations.Count));
        Assert.All(await Fleet.GetHistoryAsync(TimeSpan.FromHours(1)), minute => Assert.Equal(0, minute.Reads.Values.Sum(reads => reads.Count)));
    }

    [RedisFact]
    public async Task FindHolders_BeforeAndAfterAnInvalidation_IsRight()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await using var b = await Node.StartAsync(_redis.ConnectionString);
        await Until.TrueAsync(async () => (await Fleet.GetNodesAsync()).Count == 2);
        await a.Cache.SetAsync("product:1", "one");
        await Until.TrueAsync(async () => (await Fleet.FindHoldersAsync("product:1")).Select(holder => holder.Copy).Order().SequenceEqual([CopyState.None, CopyState.Fresh]), what: "one holds it");
        // b keeps no copy of what it read while the push of a's store was still on its way to it.
        await Until.TrueAsync(async () =>
        {
            await b.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("other"));
            return (await Fleet.FindHoldersAsync("product:1")).All(holder => holder.Copy == CopyState.Fresh);
        }, what: "both hold it");
        await b.Cache.RemoveAsync("product:1");
        await Until.TrueAsync(async () => (await Fleet.FindHoldersAsync("product:1")).All(holder => holder.Copy == CopyState.None), what: "none holds it");
    }
}
