using HotShelf.Caching.Internal.Fleet;
using HotShelf.Caching.Tests.Tracking;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HotShelf.Caching.Tests.Fleet;

/// <summary>Telling costs the cache nothing, and fails without a word.</summary>
public sealed class FleetPublisherTests
{
    [RedisFact]
    public async Task Deliver_TheSameBatchTwice_CountsOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, options => options.Fleet.Enabled = false);
        await using var reader = new Reader(redis.ConnectionString);
        var store = (IFleetStore)node.Inner.Remote!.Store;
        var minute = node.Inner.Clock.ServerNow / 60_000;
        Assert.Empty(await reader.Fleet.GetNodesAsync());
        var batch = Batch(1, new FleetCounts(minute, "product", new Dictionary<int, long> { [FleetSlots.Misses] = 5, [FleetSlots.FillDurations + 40] = 2 }));
        Assert.Null(await store.DeliverAsync(batch));
        Assert.Null(await store.DeliverAsync(batch));
        Assert.Equal((5, 2), (await reader.TotalAsync("product")) is var once ? (once.Misses, once.FillDurations.Count) : default);
        Assert.Null(await store.DeliverAsync(batch with { Sequence = 2 }));
        Assert.Equal(10, (await reader.TotalAsync("product")).Misses);
    }

    [RedisFact]
    public async Task Node_FleetDisabled_PublishesNothing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using (var node = await Node.StartAsync(redis.ConnectionString, options => options.Fleet.Enabled = false))
            await node.Cache.RemoveAsync("product:1");
        Assert.Equal("*0", (await redis.CommandAsync("KEYS fleet:*")).Trim());
    }

    [RedisFact]
    public async Task Node_UserWithoutPermission_LogsOnceAndCaches()
    {
        await using var redis = await RedisServer.StartAsync("--user", "default", "on", "nopass", "resetkeys", "~{hs:*", "~lease:*", "&*", "+@all");
        var log = new RecordingLogger();
        await using var node = await Node.StartAsync(
            redis.ConnectionString,
            options =>
            {
                options.Fleet.Interval = TimeSpan.FromMilliseconds(100);
                options.BreakerThreshold = 1;
                options.RemoteTimeout = TimeSpan.FromSeconds(10);
            },
            services => services.AddSingleton<ILoggerFactory>(new OneLogger(log)));
        await Until.TrueAsync(() => log.Count(1014) == 1, what: "the refusal is logged");
        var refused = Refused(await redis.CommandAsync("INFO commandstats"));
        await Until.TrueAsync(async () => Refused(await redis.CommandAsync("INFO commandstats")) >= refused + 3, what: "it was tried some more times");
        Assert.Equal(1, log.Count(1014));
        Assert.Equal("closed", node.Inner.RemoteState);
        Assert.Equal("one", await node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("one")));
        Assert.NotEqual("$-1", (await redis.CommandAsync("GET {hs:v1:product:1}")).Trim());
    }

    [RedisFact]
    public async Task Node_WithRedisAway_TriesNothingAndKeepsItsBounds()
    {
        await using var redis = await RedisServer.StartAsync();
        var log = new RecordingLogger();
        await using var node = await Node.StartAsync(
            redis.ConnectionString,
            options => options.Fleet.Interval = TimeSpan.FromMilliseconds(100),
            services => services.AddSingleton<ILoggerFactory>(new OneLogger(log)));
        await redis.KillAsync();
        await Until.TrueAsync(() => node.Inner.CoherenceName == "lost", what: "the node has noticed");
        for (var id = 0; id < 2000; id++)
            await node.Cache.GetOrCreateAsync($"product:{id % 50}", _ => ValueTask.FromResult("value"));
        await redis.RestartAsync();
        await using var reader = new Reader(redis.ConnectionString);
        await Until.TrueAsync(async () => (await TotalAsync(reader)) >= 2000, seconds: 60, what: "what was counted meanwhile arrives");
        Assert.Equal(0, log.Count(1014));
    }

    [RedisFact]
    public async Task Hit_WithTheFleetOn_AllocatesNothing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString);
        static ValueTask<string> Load(CancellationToken token) => ValueTask.FromResult("value");
        Func<CancellationToken, ValueTask<string>> load = Load;
        // The entry's own echo may still come and have it looked at once more.
        await Until.TrueAsync(async () => await node.Cache.GetOrCreateAsync("product:1", load) == "value" && node.Inner.Local.Find("product:1") is { EchoPending: false }, what: "the copy has settled");
        var least = long.MaxValue;
        for (var round = 0; round < 20 && least > 0; round++)
        {
            var missed = 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var read = 0; read < 5000; read++)
            {
                var hit = node.Cache.GetOrCreateAsync("product:1", load);
                if (!hit.IsCompletedSuccessfully)
                    missed++;
            }

            // A copy whose echo could not be verified in time is dropped and read again: such a round says nothing of hits.
            if (missed == 0)
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            await node.Cache.GetOrCreateAsync("product:1", load);
        }

        Assert.Equal(0, least);
    }

    private static async Task<long> TotalAsync(Reader reader)
    {
        try
        {
            return (await reader.TotalAsync("product")).Asked;
        }
        catch (HotShelf.Caching.Fleet.FleetUnavailableException)
        {
            return 0;
        }
    }

    private static long Refused(string info) =>
        long.Parse(info.Split("cmdstat_evalsha:")[1].Split("rejected_calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static FleetBatch Batch(long sequence, params FleetCounts[] counts) => new()
    {
        Sequence = sequence,
        Node = new FleetNodeDocument(new Caching.Fleet.CacheNode
        {
            Id = "test",
            Application = "test",
            Machine = "here",
            ProcessId = 1,
            AssemblyVersion = "1",
            CacheVersion = "v1",
            StartedAt = DateTimeOffset.UnixEpoch,
            SeenAt = DateTimeOffset.UnixEpoch,
            RemoteState = "closed",
            Coherence = "tracking",
        }, new Dictionary<string, string>()),
        Counts = counts,
        Changes = [],
        Traffic = [],
    };

    private sealed class OneLogger(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
