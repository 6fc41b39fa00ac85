using HotShelf.Caching;
using HotShelf.Telemetry.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.Telemetry.Tests;

/// <summary>Known sequences of reads and changes, and every number they must leave; the definitions are those of docs/metrics.md.</summary>
public sealed class CacheNumbersTests
{
    [Fact]
    public async Task Numbers_KnownSequenceOfReads_AreExactlyTheDefinedOnes()
    {
        var clock = new TestClock();
        await using var node = await CacheNode.StartAsync(time: clock, configure: options =>
        {
            options.MaximumKeyLength = 32;
            options.MaximumPayloadBytes = 64;
            options.Families["product"] = new CachePolicy { Jitter = 0, Fresh = TimeSpan.FromMinutes(1), Grace = TimeSpan.FromMinutes(10), Negative = TimeSpan.FromMinutes(1) };
        });
        var metrics = node.Metrics;

        await node.GetAsync("product:1"); // a miss
        await node.GetAsync("product:1"); // a hit
        await node.GetAsync("product:2", null); // a miss that finds nothing
        await node.GetAsync("product:2", null); // the negative entry: a hit
        await JoinAsync(node, "product:3", callers: 4); // four misses, three of them joined to one fill
        await node.GetAsync("product:" + new string('x', 40)); // too long a key: a bypass, no read
        await Assert.ThrowsAsync<IOException>(() => node.Cache.GetOrCreateAsync<string>("product:4", _ => throw new IOException()).AsTask()); // an error
        await node.GetAsync("product:5", new string('x', 100)); // too large a value: a miss, each time
        await node.GetAsync("session:1"); // another family: a miss

        Assert.Equal(2, metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=hit,hotshelf.cache.tier=l1}"]);
        Assert.Equal(1 + 1 + 4 + 1, metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=miss,hotshelf.cache.tier=origin}"]);
        Assert.Equal(1, metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=error,hotshelf.cache.tier=origin}"]);
        Assert.Equal(0, metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=hit,hotshelf.cache.tier=l2}"]);
        Assert.Equal(3, metrics["hotshelf.cache.fill.joined{hotshelf.cache.family=product}"]);
        Assert.Equal(5, metrics["hotshelf.cache.fills{hotshelf.cache.family=product}"]);
        Assert.Equal(1, metrics["hotshelf.cache.fill.errors{error.type=System.IO.IOException,hotshelf.cache.family=product}"]);
        Assert.Equal(4, metrics["hotshelf.cache.fill.duration{hotshelf.cache.family=product}"]);
        Assert.Equal(1, metrics["hotshelf.cache.bypassed"]);
        Assert.Equal(1, metrics["hotshelf.cache.payloads.rejected{hotshelf.cache.family=product}"]);
        Assert.Equal(3 + 1, metrics["hotshelf.cache.l1.entries"]);
        Assert.True(metrics["hotshelf.cache.l1.size"] > 0);
        Assert.Equal(2.0 / 10, metrics["hotshelf.cache.hit_ratio{hotshelf.cache.family=product}"], 9);
        Assert.Equal(2.0 / 11, metrics["hotshelf.cache.hit_ratio{hotshelf.cache.family=*}"], 9);
        Assert.Equal(2.0 / 11, node.Inspector.GetStatistics().Total.HitRatio!.Value, 9);
    }

    [Fact]
    public async Task Numbers_BatchWithKeysTheCacheDoesNotTake_CountsThemAsBypassedOnly()
    {
        await using var node = await CacheNode.StartAsync(configure: options => options.MaximumKeyLength = 32);
        string[] keys = ["product:1", "product:" + new string('x', 40), "product:" + new string('y', 40)];
        for (var i = 0; i < 2; i++)
        {
            await node.Cache.GetOrCreateManyAsync([0, 1, 2], id => keys[id], 0, static (ids, _, _) =>
                ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.Where(id => id != 2).ToDictionary(id => id, id => "value")));
        }

        var metrics = node.Metrics;
        Assert.Equal(4, metrics["hotshelf.cache.bypassed"]);
        Assert.Equal(1, metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=miss,hotshelf.cache.tier=origin}"]);
        Assert.Equal(1, metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=hit,hotshelf.cache.tier=l1}"]);
        Assert.Equal(1.0 / 2, metrics["hotshelf.cache.hit_ratio{hotshelf.cache.family=product}"], 9);
    }

    [Fact]
    public async Task HitRatio_OfTheLastMinute_CountsStaleAnswersAndForgetsOlderReads()
    {
        var clock = new TestClock();
        await using var node = await CacheNode.StartAsync(time: clock, configure: options =>
            options.Default = new CachePolicy { Jitter = 0, Fresh = TimeSpan.FromSeconds(90), Grace = TimeSpan.FromMinutes(10), Local = TimeSpan.FromHours(1) });
        await node.GetAsync("price:1");
        Assert.Equal(0, node.Metrics["hotshelf.cache.hit_ratio{hotshelf.cache.family=price}"]);

        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.False(node.Metrics.Has("hotshelf.cache.hit_ratio{hotshelf.cache.family=price}"), "nothing was read in the last minute");
        await node.GetAsync("price:1");
        await node.GetAsync("price:2");
        Assert.Equal(0.5, node.Metrics["hotshelf.cache.hit_ratio{hotshelf.cache.family=price}"], 9);

        clock.Advance(TimeSpan.FromSeconds(61));
        await node.GetAsync("price:1"); // stale by now: answered, and refreshed behind it
        Assert.Equal(1, node.Metrics["hotshelf.cache.requests{hotshelf.cache.family=price,hotshelf.cache.result=stale,hotshelf.cache.tier=l1}"]);
        Assert.Equal(1, node.Metrics["hotshelf.cache.hit_ratio{hotshelf.cache.family=price}"], 9);
    }

    [RedisFact]
    public async Task Numbers_TwoProcesses_TellOwnChangesFromThoseOfTheFleet()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await CacheNode.StartAsync(redis.ConnectionString);
        await using var b = await CacheNode.StartAsync(redis.ConnectionString, configure: options => options.IsFeed = true);
        await a.GetAsync("product:1");
        // Redis sends its pushes in order: after the echo of b's own removal, none of a's store is on its way to b, which would drop what b reads.
        await b.Cache.RemoveAsync("product:9");
        await Until.TrueAsync(() => b.Metrics["hotshelf.cache.coherence.lag"] == 1, "the echo of the first removal is measured");
        await b.GetAsync("product:1");
        await b.GetAsync("product:1");

        Assert.Equal(1, a.Metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=miss,hotshelf.cache.tier=origin}"]);
        Assert.Equal(1, b.Metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=hit,hotshelf.cache.tier=l2}"]);
        Assert.Equal(1, b.Metrics["hotshelf.cache.requests{hotshelf.cache.family=product,hotshelf.cache.result=hit,hotshelf.cache.tier=l1}"]);
        Assert.Equal(1, a.Metrics["hotshelf.cache.payload.size{hotshelf.cache.family=product,hotshelf.cache.payload.form=stored}"]);
        Assert.Equal(1, a.Metrics["hotshelf.cache.read.duration{hotshelf.cache.tier=origin}"]);
        Assert.Equal(1, b.Metrics["hotshelf.cache.read.duration{hotshelf.cache.tier=l2}"]);
        Assert.Equal(1, a.Metrics["hotshelf.cache.l2.state{hotshelf.cache.state=closed}"]);
        Assert.Equal(1, a.Metrics["hotshelf.cache.coherence.state{hotshelf.cache.state=tracking}"]);
        await Until.TrueAsync(() => a.Metrics["hotshelf.cache.coherence.lag"] == 1, "the echo of the store is measured");

        await b.Cache.RemoveAsync("product:1");
        await Until.TrueAsync(() => a.Metrics["hotshelf.cache.invalidations{hotshelf.cache.invalidation.source=fleet}"] == 1, "the other process hears of it");
        Assert.Equal(2, b.Metrics["hotshelf.cache.invalidations{hotshelf.cache.invalidation.source=feed}"]);
        Assert.Equal(0, b.Metrics["hotshelf.cache.invalidations{hotshelf.cache.invalidation.source=fleet}"]);
        await Until.TrueAsync(() => b.Metrics["hotshelf.cache.coherence.lag"] >= 2, "the echo of the second removal is measured");

        await a.Cache.RemoveAsync(["product:1", "product:2"]);
        await a.Cache.RemoveByTagAsync("spring");
        Assert.Equal(2, a.Metrics["hotshelf.cache.invalidations{hotshelf.cache.invalidation.source=local}"]);
        Assert.Equal(1, a.Metrics["hotshelf.cache.invalidations{hotshelf.cache.invalidation.source=tag}"]);
    }

    [Fact]
    public async Task Numbers_HotKey_HasSampledTimesOfL1()
    {
        await using var node = await CacheNode.StartAsync();
        for (var i = 0; i < 4096; i++)
            await node.GetAsync("product:1");
        // One in 1,024. Reads above the first 1,024 are counted by a random sample, so the number is 4 give or take one.
        Assert.InRange(node.Metrics["hotshelf.cache.read.duration{hotshelf.cache.tier=l1}"], 2, 6);
    }

    [RedisFact]
    public async Task Series_TenThousandKeysOfManyFamilies_StayBounded()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await CacheNode.StartAsync(redis.ConnectionString);
        foreach (var family in (string[])["product", "price"])
        {
            for (var i = 0; i < 5000; i++)
                await node.GetAsync($"{family}:{i}");
        }

        node.Metrics.Collect();
        var usual = node.Metrics.Series;
        Assert.InRange(usual, 20, 80);

        // Families come from keys, and keys from anywhere.
        for (var i = 0; i < 1000; i++)
        {
            await node.GetAsync($"family{i}:1");
            await node.Cache.RemoveByTagAsync($"tag{i}");
        }

        node.Metrics.Collect();
        Assert.InRange(node.Metrics.Series, usual, 1000);
        Assert.DoesNotContain(node.Metrics.Names, name => name.Contains("tag9", StringComparison.Ordinal) || name.Contains("family999", StringComparison.Ordinal));
    }

    private static async Task JoinAsync(CacheNode node, string key, int callers)
    {
        var gate = new TaskCompletionSource();
        var reads = Enumerable.Range(0, callers).Select(_ => node.Cache.GetOrCreateAsync(key, async _ =>
        {
            await gate.Task;
            return "value";
        }).AsTask()).ToArray();
        await Until.TrueAsync(() => node.Metrics[$"hotshelf.cache.fill.joined{{hotshelf.cache.family={key.Split(':')[0]}}}"] == callers - 1, "the other callers have joined");
        gate.SetResult();
        await Task.WhenAll(reads);
    }
}
