using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Tests.Fleet;

public sealed class DistributedCacheTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _services = new ServiceCollection().AddLogging().AddHotShelfCaching(options =>
        {
            options.Redis = _redis.ConnectionString;
            Node.Patient(options);
        }).AddHotShelfDistributedCache().BuildServiceProvider();
        await _services.GetRequiredService<CacheStorage>().ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private IDistributedCache Cache => _services.GetRequiredService<IDistributedCache>();

    [RedisFact]
    public async Task Get_AfterSet_ReturnsTheBytes()
    {
        byte[] value = [1, 2, 3];
        await Cache.SetAsync("a key", value, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(20), AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(12) });
        Assert.Equal(value, await Cache.GetAsync("a key"));
        Assert.IsAssignableFrom<IBufferDistributedCache>(Cache);
        await Cache.RemoveAsync("a key");
        Assert.Null(await Cache.GetAsync("a key"));
    }

    /// <summary>As templates register one in memory, for sessions.</summary>
    [RedisFact]
    public async Task Registration_AfterAnother_IsTheOneThatIsUsed()
    {
        await using var services = new ServiceCollection().AddLogging().AddDistributedMemoryCache().AddHotShelfCaching(options => options.Redis = _redis.ConnectionString).AddHotShelfDistributedCache().BuildServiceProvider();
        Assert.Equal(Cache.GetType(), services.GetRequiredService<IDistributedCache>().GetType());
    }

    [RedisFact]
    public async Task Get_OfASlidingEntry_MakesItLiveItsWindowAgain()
    {
        await Cache.SetAsync("a", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(20) });
        await _redis.CommandAsync("PEXPIRE sliding:{hs:v1:distributed:a} 5000");
        await Cache.GetAsync("a");
        var left = await _redis.CommandAsync("PTTL sliding:{hs:v1:distributed:a}");
        Assert.True(int.Parse(left.AsSpan(1).Trim(), System.Globalization.CultureInfo.InvariantCulture) > 1_000_000, left);
    }

    [RedisFact]
    public async Task Get_WithRedisAway_IsAMiss()
    {
        await Cache.SetAsync("a", [1], new DistributedCacheEntryOptions());
        await _redis.KillAsync();
        Assert.Null(await Cache.GetAsync("a"));
        await Cache.SetAsync("a", [2], new DistributedCacheEntryOptions());
    }

    [RedisFact]
    public async Task Set_ExpirationInThePast_Throws() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.SetAsync("a", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromTicks(1) }));

    /// <summary>As at a logout while Redis does not answer.</summary>
    [Theory]
    [InlineData(100_000)]
    [InlineData(1)]
    public async Task Get_OfWhatWasRemovedWhileRedisWasAway_NeverReturnsIt(int maximumPending)
    {
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)));
        await using var node = Node.Over(store, configure: options => (options.BreakerThreshold, options.MaximumPendingInvalidations) = (1_000, maximumPending), register: services => services.AddHotShelfDistributedCache());
        var cache = node.Services.GetRequiredService<IDistributedCache>();
        foreach (var key in (string[])["a", "b", "c"])
            await cache.SetAsync(key, [1]);
        store.Fails = operation => operation == RemoteOperation.Invalidate;
        await cache.RemoveAsync("a");
        await cache.RemoveAsync("b");
        await node.Cache.RemoveAsync("p:1");
        await node.Cache.RemoveAsync("p:2");
        Assert.Null(await cache.GetAsync("a"));
        store.Fails = null;
        Assert.Null(await cache.GetAsync("a"));
        Assert.Null(await cache.GetAsync("b"));
        await Until.TrueAsync(() => node.Inner.PendingInvalidationCount == 0);
        Assert.Null(await cache.GetAsync("a"));
        Assert.Equal([1], (await cache.GetAsync("c"))!);
    }

    [Fact]
    public async Task Get_OfWhatWasSetAfterARemovalThatFailed_ReturnsIt()
    {
        var store = new FaultyStore(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)));
        await using var node = Node.Over(store, configure: options => options.BreakerThreshold = 1_000, register: services => services.AddHotShelfDistributedCache());
        var cache = node.Services.GetRequiredService<IDistributedCache>();
        store.Fails = operation => operation == RemoteOperation.Invalidate;
        await cache.RemoveAsync("a");
        await node.Cache.RemoveAsync("p:1");
        store.Fails = null;
        await cache.SetAsync("a", [2]);
        await node.Cache.SetAsync("p:1", "set");
        await Until.TrueAsync(() => node.Inner.PendingInvalidationCount == 0);
        Assert.Equal([2], (await cache.GetAsync("a"))!);
        Assert.Equal("set", (await node.Cache.TryGetAsync<string>("p:1")).Value);
    }

    /// <summary>What a process removed in the last seconds it removes again when the stream is back: a failover may have lost it.</summary>
    [Fact]
    public async Task Get_OfWhatWasSetAfterARemoval_ReturnsItWhenTheStreamIsBack()
    {
        var store = new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System));
        await using var node = Node.Over(store, register: services => services.AddHotShelfDistributedCache());
        var cache = node.Services.GetRequiredService<IDistributedCache>();
        await cache.RemoveAsync("a");
        await node.Cache.RemoveAsync("p:1");
        await cache.SetAsync("a", [2]);
        await node.Cache.SetAsync("p:1", "set");
        store.LoseStream();
        store.RestoreStream();
        await Until.TrueAsync(() => node.Inner.PendingInvalidationCount == 0);
        Assert.Equal([2], (await cache.GetAsync("a"))!);
        Assert.Equal("set", (await node.Cache.TryGetAsync<string>("p:1")).Value);
    }

    [RedisFact]
    public async Task Set_OverAKeyedCache_IsOnItsServer()
    {
        await using var other = await RedisServer.StartAsync();
        await using var services = new ServiceCollection().AddLogging().AddHotShelfCaching(options => options.Redis = _redis.ConnectionString)
            .AddKeyedHotShelfCaching("sessions", options => options.Redis = other.ConnectionString).AddHotShelfDistributedCache("sessions").BuildServiceProvider();
        var cache = services.GetRequiredService<IDistributedCache>();
        await Until.TrueAsync(async () =>
        {
            await cache.SetAsync("a", [1], new DistributedCacheEntryOptions());
            return await cache.GetAsync("a") is [1];
        }, what: "the connection is there");
        Assert.Contains("distributed:a", await other.CommandAsync("KEYS *distributed*"), StringComparison.Ordinal);
        Assert.DoesNotContain("distributed:a", await _redis.CommandAsync("KEYS *distributed*"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("allkeys-lru", 2)]
    [InlineData(null, 0)]
    public async Task Start_ServerKeepsMoreThanACache_WarnsOnceOfEachIfItEvicts(string? policy, int warnings)
    {
        var time = new ManualTimeProvider();
        var log = new LogCollector(LogLevel.Information);
        var store = new GatedStore(new FakeRemoteStore(new FakeRemoteServer(time)) { EvictionPolicy = policy });
        await using var node = Node.Over(store, time, static options => options.Families["session"] = new CachePolicy { Sliding = TimeSpan.FromMinutes(20), Fresh = TimeSpan.FromHours(12) },
            services => services.AddSingleton<ILoggerFactory>(log).AddHotShelfDistributedCache());
        _ = node.Services.GetRequiredService<IDistributedCache>();
        time.Advance(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => store.Count(RemoteOperation.EvictionPolicy) == 1, what: "the policy is asked for");
        for (var round = 2; round <= 3; round++)
        {
            var before = store.Count(RemoteOperation.ReadTags);
            time.Advance(TimeSpan.FromSeconds(1));
            // A round begins after the one before it has ended.
            await Until.TrueAsync(() => store.Count(RemoteOperation.ReadTags) > before, what: "the upkeep runs");
        }

        Assert.Equal(1, store.Count(RemoteOperation.EvictionPolicy));
        Assert.Equal(warnings, log.Count(1016));
    }

    [RedisTheory]
    [InlineData("allkeys-lru", "100mb", "allkeys-lru")]
    [InlineData("volatile-ttl", "100mb", "volatile-ttl")]
    [InlineData("allkeys-lru", "0", null)]
    [InlineData("noeviction", "100mb", null)]
    public async Task EvictionPolicy_IsToldByTheServer(string policy, string memory, string? expected)
    {
        await _redis.CommandAsync($"CONFIG SET maxmemory-policy {policy}");
        await _redis.CommandAsync($"CONFIG SET maxmemory {memory}");
        await using var node = await Node.StartAsync(_redis.ConnectionString);
        Assert.Equal(expected, await node.Inner.Remote!.Store.EvictionPolicyAsync());
    }
}
