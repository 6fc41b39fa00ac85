using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Tests.Contract;

/// <summary>What time does to entries, with a clock that only the test moves, in memory and over the fake store.</summary>
public sealed class LifetimeTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly LogCollector _log = new();

    private Node Start(bool shared, Action<HotShelfCachingOptions> configure) => shared
        ? Node.Over(new FakeRemoteStore(new FakeRemoteServer(_time)), _time, configure, Register)
        : Node.StartAsync(null, configure, services =>
        {
            services.AddSingleton<TimeProvider>(_time);
            Register(services);
        }).GetAwaiter().GetResult();

    private void Register(IServiceCollection services) => services.AddSingleton<ILoggerFactory>(_log);

    private static ValueTask<string> ReadAsync(Node node, string value, string key = "p:1") => node.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fresh_Ends_ThenTheValueIsLoadedAgain(bool shared)
    {
        await using var node = Start(shared, options => options.Default.Fresh = TimeSpan.FromMinutes(10));
        await ReadAsync(node, "a");
        _time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.Equal("a", await ReadAsync(node, "b"));
        _time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal("b", await ReadAsync(node, "b"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Grace_ServesStaleAtOnceWhileOneRefreshes_ThenEnds(bool shared)
    {
        await using var node = Start(shared, options => (options.Default.Fresh, options.Default.Grace) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)));
        await ReadAsync(node, "a");
        _time.Advance(TimeSpan.FromMinutes(1.5));
        var observation = CacheObservation.Begin();
        Assert.Equal("a", await ReadAsync(node, "b"));
        Assert.Equal((CacheResult.Stale, TimeSpan.FromSeconds(-30), TimeSpan.FromSeconds(90)), (observation.Result, observation.TimeToLive, observation.Age));
        await Until.TrueAsync(async () => await ReadAsync(node, "c") == "b");
        _time.Advance(TimeSpan.FromMinutes(2.1));
        Assert.Equal("d", await ReadAsync(node, "d"));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task Batch_OldestEntryIsNotTheFirstToExpire_HasItsAge(int first, int second)
    {
        await using var node = Start(shared: false, _ => { });
        await node.Cache.SetAsync("p:1", "old", new() { Expiration = TimeSpan.FromHours(1) });
        _time.Advance(TimeSpan.FromSeconds(60));
        await node.Cache.SetAsync("p:2", "soon", new() { Expiration = TimeSpan.FromSeconds(30) });
        var observation = CacheObservation.Begin();
        await node.Cache.GetOrCreateManyAsync<int, int, string>([first, second], id => $"p:{id}", 0, (_, _, _) => throw new InvalidOperationException("both are in L1"));
        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30)), (observation.Age, observation.TimeToLive));
        Assert.Equal(node.Inner.Local.Find("p:2")!.Times.FillId, observation.FillId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EagerRefresh_FromItsShareOn_RefreshesBeforeTheEnd(bool shared)
    {
        await using var node = Start(shared, options => (options.Default.Fresh, options.Default.Local, options.Default.EagerRefresh) = (TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), 0.8));
        await ReadAsync(node, "a");
        _time.Advance(TimeSpan.FromMinutes(7.9));
        Assert.Equal("a", await ReadAsync(node, "b"));
        _time.Advance(TimeSpan.FromMinutes(0.2));
        var observation = CacheObservation.Begin();
        Assert.Equal("a", await ReadAsync(node, "b"));
        Assert.Equal(CacheResult.Hit, observation.Result);
        await Until.TrueAsync(async () => await ReadAsync(node, "c") == "b");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FailingOrigin_IsThrottledAndLoggedOnce(bool shared)
    {
        await using var node = Start(shared, options =>
            (options.Default.Fresh, options.Default.Grace, options.Default.FailSafeThrottle) = (TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromSeconds(30)));
        await ReadAsync(node, "a");
        _time.Advance(TimeSpan.FromMinutes(2));
        var asked = 0;
        ValueTask<string> Fail() => node.Cache.GetOrCreateAsync<string>("p:1", _ =>
        {
            Interlocked.Increment(ref asked);
            throw new TimeoutException();
        });
        for (var round = 1; round <= 3; round++)
        {
            Assert.Equal("a", await Fail());
            await Until.TrueAsync(() => Volatile.Read(ref asked) == round && node.Inner.RunningFlights == 0);
            for (var i = 0; i < 10; i++)
                Assert.Equal("a", await Fail());
            Assert.Equal(round, asked);
            _time.Advance(TimeSpan.FromSeconds(31));
        }

        Assert.Single(_log.Named("ServedStale"));
        await Until.TrueAsync(async () => await ReadAsync(node, "b") == "b");
    }

    [Fact]
    public async Task Sliding_EachReadKeepsItAlive_UntilTheAbsoluteLimit()
    {
        await using var node = Start(shared: true, options => options.Default = new CachePolicy { Jitter = 0, Fresh = TimeSpan.FromMinutes(60), Sliding = TimeSpan.FromMinutes(10) });
        await ReadAsync(node, "a");
        for (var i = 0; i < 6; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(9));
            Assert.Equal("a", await ReadAsync(node, "b"));
        }

        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("b", await ReadAsync(node, "b"));
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("c", await ReadAsync(node, "c"));
    }

    [Fact]
    public async Task Jitter_EntriesFilledTogether_DoNotEndTogether()
    {
        await using var node = Start(shared: false, options => (options.Default.Fresh, options.Default.Jitter) = (TimeSpan.FromMinutes(100), 0.5));
        var ends = new HashSet<DateTimeOffset?>();
        for (var i = 0; i < 30; i++)
        {
            await ReadAsync(node, "a", $"p:{i}");
            var described = await node.Inner.DescribeAsync($"p:{i}");
            Assert.InRange((described!.FreshUntil - described.Created)!.Value, TimeSpan.FromMinutes(49.9), TimeSpan.FromMinutes(100));
            ends.Add(described.FreshUntil);
        }

        Assert.True(ends.Count > 20);
    }

    [Fact]
    public async Task LocalSize_IsBoundedByBytes_AndWhatIsReadStays()
    {
        await using var node = Start(shared: false, options => options.LocalSizeLimit = 100_000);
        await ReadAsync(node, "hot", "p:hot");
        for (var i = 0; i < 500; i++)
        {
            await ReadAsync(node, new string('x', 1000), $"p:{i}");
            Assert.Equal("hot", await ReadAsync(node, "evicted", "p:hot"));
            Assert.InRange(node.Inner.Local.Size, 0, 100_000);
        }

        Assert.InRange(node.Inner.Local.Count, 40, 90);
    }

    [Fact]
    public async Task UnknownFamilies_BeyondABound_ShareOneSeries()
    {
        await using var node = Start(shared: false, _ => { });
        using var probe = new MeterProbe(node);
        for (var i = 0; i < 200; i++)
            await ReadAsync(node, "a", $"family{i}:1");
        Assert.Equal(200, probe.Observe("hotshelf.cache.fills"));
        Assert.InRange(probe.Series.Count(series => series.StartsWith("hotshelf.cache.fills ", StringComparison.Ordinal)), 2, 40);
        Assert.True(probe.Observe("hotshelf.cache.fills", "hotshelf.cache.family=(other)") > 100);
        // They share a series and no fate.
        await node.Cache.RemoveFamilyAsync("family150");
        Assert.Equal("a", await ReadAsync(node, "b", "family160:1"));
        Assert.Equal("b", await ReadAsync(node, "b", "family150:1"));
    }

    [Fact]
    public async Task Overload_GetsAStaleValueOrAClearError()
    {
        await using var node = Start(shared: false, options => (options.Default.MaximumConcurrentFills, options.Default.MaximumQueuedFills) = (1, 1));
        using var probe = new MeterProbe(node);
        var release = new TaskCompletionSource<string>();
        var running = node.Cache.GetOrCreateAsync("p:1", async _ => await release.Task).AsTask();
        var queued = node.Cache.GetOrCreateAsync("p:2", _ => ValueTask.FromResult("b")).AsTask();
        var refused = await Assert.ThrowsAsync<CacheOverloadedException>(async () => await ReadAsync(node, "c", "p:3"));
        Assert.Equal("p", refused.Family);
        await Assert.ThrowsAsync<CacheOverloadedException>(async () => await ReadManyAsync(node, 3, 4));
        // No loader ran.
        Assert.Equal(0, probe.Sum("hotshelf.cache.fill.errors"));
        release.SetResult("a");
        Assert.Equal("a", await running);
        Assert.Equal("b", await queued);
        Assert.Equal("c", await ReadAsync(node, "c", "p:3"));
    }

    private static ValueTask<IReadOnlyDictionary<int, string>> ReadManyAsync(Node node, params int[] ids) => node.Cache.GetOrCreateManyAsync(
        ids, id => $"p:{id}", 0, static (missing, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(missing.ToDictionary(id => id, id => "a")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FillDuration_WaitedForAPlace_IncludesTheWait(bool isBatch)
    {
        await using var node = Start(shared: false, options => options.Default.MaximumConcurrentFills = 1);
        using var probe = new MeterProbe(node);
        var release = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = node.Cache.GetOrCreateAsync("p:1", async _ => await release.Task).AsTask();
        Task queued = isBatch ? ReadManyAsync(node, 2, 3).AsTask() : ReadAsync(node, "a", "p:2").AsTask();
        _time.Advance(TimeSpan.FromSeconds(5));
        release.SetResult("a");
        await Task.WhenAll(running, queued);
        Assert.Equal(5 + 5, probe.Sum("hotshelf.cache.fill.duration"));
    }

    [Fact]
    public async Task ReadDuration_Batch_IsRecordedForRedisAndTheOrigin()
    {
        await using var node = Start(shared: true, _ => { });
        using var probe = new MeterProbe(node);
        await ReadManyAsync(node, 1, 2);
        Assert.Equal(["l2", "origin"], probe.Series.Where(series => series.StartsWith("hotshelf.cache.read.duration ", StringComparison.Ordinal)).Select(series => series[(series.LastIndexOf('=') + 1)..]).Order());
    }

    /// <summary>What cannot be cached is read again and again: the log must not grow with each read.</summary>
    [Fact]
    public async Task Uncacheable_ReadAgainAndAgain_IsLoggedOncePerFamilyAndMinute()
    {
        await using var node = Start(shared: false, options => options.MaximumPayloadBytes = 100);
        using var probe = new MeterProbe(node);
        async Task ReadAllAsync(string family)
        {
            for (var i = 0; i < 3; i++)
            {
                await ReadAsync(node, new string('x', 200), $"{family}:large");
                await node.Cache.GetOrCreateAsync($"{family}:comparer", _ => ValueTask.FromResult(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)));
                await ReadAsync(node, "a", $"{family}:\n");
                await node.Cache.GetOrCreateAsync($"{family}:tags", _ => ValueTask.FromResult("a"), tags: ["a\nb"]);
            }
        }

        string[] OfEach(int count) => [.. ((string[])["KeyRejected", "PayloadTooLarge", "SerializationFailed", "TagsRejected"]).SelectMany(name => Enumerable.Repeat(name, count))];

        string?[] Logged() => [.. _log.Entries.Select(entry => entry.Event.Name).Where(name => OfEach(1).Contains(name)).Order()];

        await ReadAllAsync("p");
        Assert.Equal(OfEach(1), Logged());
        await ReadAllAsync("q");
        Assert.Equal(OfEach(2), Logged());
        _time.Advance(TimeSpan.FromSeconds(59));
        await ReadAllAsync("p");
        Assert.Equal(OfEach(2), Logged());
        _time.Advance(TimeSpan.FromSeconds(1));
        await ReadAllAsync("p");
        Assert.Equal(OfEach(3), Logged());
        // Each is counted all the same: twelve reads of large values, and as many each of unusable keys and tags.
        Assert.Equal((12, 24), (probe.Sum("hotshelf.cache.payloads.rejected"), probe.Sum("hotshelf.cache.bypassed")));
    }

    [Fact]
    public async Task Statistics_OfAKnownSequence_AreExact()
    {
        await using var node = Start(shared: true, options => (options.Default.Fresh, options.Default.Grace) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)));
        using var probe = new MeterProbe(node);
        await ReadAsync(node, "a");
        await ReadAsync(node, "a");
        await ReadAsync(node, "a");
        await node.Cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult("a"), new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCacheRead });
        await Assert.ThrowsAsync<TimeoutException>(async () => await node.Cache.GetOrCreateAsync<string>("p:2", _ => throw new TimeoutException()));
        var family = Assert.Single(node.Inner.GetStatistics().Families);
        Assert.Equal(("p", 2L, 1L, 0L, 1L, 0L, 2L, 1L, 0.6), (family.Family, family.LocalHits, family.RemoteHits, family.Stale, family.Misses, family.Joined, family.Fills, family.Errors, family.HitRatio));
        Assert.Equal(0.6, probe.Observe("hotshelf.cache.hit_ratio", "hotshelf.cache.family=p"));
        Assert.Equal(2, probe.Observe("hotshelf.cache.requests", "hotshelf.cache.tier=l1 hotshelf.cache.result=hit"));
        // A minute on, the ratio is that of the last minute.
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(node.Inner.GetStatistics().Families[0].HitRatio);
        await ReadAsync(node, "a");
        Assert.Equal(1, node.Inner.GetStatistics().Families[0].HitRatio);
    }
}
