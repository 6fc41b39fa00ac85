using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.CacheWorker.Tests;

/// <summary>The most read keys are filled before they are asked for.</summary>
public class WarmingTests
{
    [ServersFact]
    public async Task Bump_WhileAWorkerRuns_IsFollowedByAWarming()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await StartAsync(postgres, redis, "Worker__Warming__Newest=200");
        await using var services = new ServiceCollection().AddHotShelfFleetReader(options => options.Redis = redis.ConnectionString).BuildServiceProvider();
        var fleet = services.GetRequiredService<ICacheFleet>();
        var bumped = await fleet.BumpVersionAsync("ada");
        await WarmedAsync(fleet, "version bump");
        Assert.Equal(200, (await fleet.SampleAsync()).Families.Single(family => family.Family == "product").Fresh);
        Assert.True((await fleet.DescribeAsync("product:10000", withValue: false))!.Created > bumped.Since);
    }

    [ServersFact]
    public async Task Request_OfAConsoleWhoseClockIsBehind_IsFollowedByAWarming()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await StartAsync(postgres, redis, "Worker__Warming__Newest=20");
        await using var services = new ServiceCollection().AddSingleton<TimeProvider, ClockBehind>().AddHotShelfFleetReader(options => options.Redis = redis.ConnectionString).BuildServiceProvider();
        var fleet = services.GetRequiredService<ICacheFleet>();
        await fleet.RecordAsync(new CacheWarming(CacheWarming.Requested, "ada", "a test"));
        await WarmedAsync(fleet, "on request");
    }

    [ServersTheory]
    [InlineData("%R~popularity:{hs} %W~popularity:{hs} ~fleet:{hs}:*")]
    [InlineData("~popularity:{hs} ~popularity-decayed:{hs}")]
    public async Task Redis_ThatRefusesPopularityOrFleet_IsWarmedOnce(string allowed)
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await redis.CommandAsync($"ACL SETUSER worker on >open-sesame +@all &* ~{{hs* ~sliding:* ~lease:* ~live-versions:* ~feed:* ~warming:* ~bump:* {allowed}");
        await using var worker = await StartReadyAsync(postgres, redis, "Worker__Warming__Newest=20", $"ConnectionStrings__cache={redis.ConnectionString},user=worker,password=open-sesame");
        // The families that the feed of a new database removes may cause a second one, with a reason of its own.
        Assert.Equal(2, worker.Output.Split("(start)").Length);
        Assert.Contains("WarmingDone", worker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WarmingFailed", worker.Output, StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Family_Removed_IsFollowedByAWarming_AndSoIsARequest()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await StartAsync(postgres, redis, "Worker__Warming__Newest=20");
        await using var node = await CacheNode.StartAsync(postgres, redis);
        var first = (await node.Fleet.DescribeAsync("product:10000", withValue: false))!.Created;
        await node.Cache.RemoveFamilyAsync("product");
        await Until.TrueAsync(async () => (await node.Fleet.DescribeAsync("product:10000", withValue: false))?.Created > first);

        await node.Cache.RemoveAsync("product:10000");
        await node.Fleet.RecordAsync(new CacheWarming(CacheWarming.Requested, "ada", "a test"));
        var done = await WarmedAsync(node.Fleet, "on request");
        Assert.Equal((20, CacheWarming.Done), (done.Count, done.State));
        Assert.NotNull(done.NodeId);
        await node.Products.FindAsync(10_000);
        Assert.Equal(0, node.Queries);
    }

    [ServersFact]
    public async Task Redis_RestartedEmpty_GetsTheRankingAndTheHotKeysBack()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await StartAsync(postgres, redis, "Worker__Warming__Products=10", "Worker__Warming__RankingInterval=00:00:01");
        await using (var node = await CacheNode.StartAsync(postgres, redis))
        {
            for (var i = 0; i < 20; i++)
                await node.Products.FindAsync(42);
        }

        // The worker lets the ranking decay and then reads it: what it has read before the second decay from now on contains these reads.
        for (var decays = 0; decays < 2; decays++)
        {
            var before = await DecayedAtAsync();
            await Until.TrueAsync(async () => await DecayedAtAsync() != before);
        }

        Assert.InRange(await ScoreAsync(redis, "product:42"), 15, 20);
        await redis.RestartAsync();
        await Until.TrueAsync(async () => await ScoreAsync(redis, "product:42") is > 15);
        await Until.TrueAsync(() => worker.Output.Contains("(Redis is back)", StringComparison.Ordinal));
        await using var reader = await CacheNode.StartAsync(postgres, redis);
        await WarmedAsync(reader.Fleet, "Redis is back");
        await reader.Products.FindAsync(42);
        Assert.Equal(0, reader.Queries);

        Task<string> DecayedAtAsync() => redis.CommandAsync("GET popularity-decayed:{hs}");
    }

    [ServersFact]
    public async Task Worker_KilledWhileWarming_TheNextOneFillsTheRest()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var doomed = await WorkerProcess.StartAsync(postgres, redis, WorkerProcess.PatientWithRedis, "Worker__Warming__Newest=400", "Worker__Warming__KeysPerSecond=5", "Worker__Warming__ReadyAfter=01:00:00");
        await Until.TrueAsync(async () => (await redis.CommandAsync("EXISTS {hs:v1:product:10000}")).Trim() == ":1", seconds: 60);
        Assert.NotEqual("200", await doomed.StatusAsync("/ready"));
        await using var next = await WorkerProcess.StartAsync(postgres, redis, WorkerProcess.PatientWithRedis, "Worker__Warming__Newest=400");
        await Until.TrueAsync(async () => await next.StatusAsync("/alive") == "200", seconds: 60);
        Assert.DoesNotContain("WarmingStarted", next.Output, StringComparison.Ordinal);
        // The feed of a new database has removed the families: it does not, after the next one has warmed.
        await Until.TrueAsync(async () => (await doomed.FeedAsync()).State == "consuming" || (await next.FeedAsync()).State == "consuming", seconds: 60);
        await doomed.KillAsync();
        await Until.TrueAsync(async () => await next.StatusAsync("/ready") == "200", seconds: 60);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        Assert.Equal(400, (await node.Products.FindManyAsync([.. Enumerable.Range(9601, 400)])).Count);
        Assert.Equal(0, node.Queries);
    }

    [ServersFact]
    public async Task Start_FeedThatDoesNotCatchUp_DoesNotAddToReadyAfter()
    {
        await using var postgres = await PostgresServer.StartAsync("wal_level=replica");
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, WorkerProcess.PatientWithRedis, "Worker__Warming__Newest=20", "Worker__Warming__ReadyAfter=00:00:01");
        await Until.TrueAsync(() => worker.Output.Contains("WarmingStarted", StringComparison.Ordinal), () => worker.Output, seconds: 60);
        Assert.InRange(worker.Output.IndexOf("WarmingLimit", StringComparison.Ordinal), 0, worker.Output.IndexOf("WarmingStarted", StringComparison.Ordinal));
    }

    [ServersFact]
    public async Task Warming_OfWhatIsFresh_StoresNothing()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(postgres, redis, "Worker__Warming__Newest=500");
        await using var node = await CacheNode.StartAsync(postgres, redis);
        var before = (await node.Fleet.SampleAsync()).Families.Single(family => family.Family == "product");
        var created = (await node.Fleet.DescribeAsync("product:9999", withValue: false))!.Created;
        await using var second = await StartReadyAsync(postgres, redis, "Worker__Warming__Newest=500");
        Assert.Contains("WarmingDone", second.Output, StringComparison.Ordinal);
        Assert.Equal(500, before.Fresh);
        Assert.Equal(created, (await node.Fleet.DescribeAsync("product:9999", withValue: false))!.Created);
    }

    private sealed class ClockBehind : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromHours(1);
    }

    private static async Task<double> ScoreAsync(RedisServer redis, string key) =>
        double.TryParse((await redis.CommandAsync($"ZSCORE popularity:{{hs}} {key}")).Trim().Split('\n')[^1], System.Globalization.CultureInfo.InvariantCulture, out var score) ? score : 0;

    /// <summary>The first worker on new servers.</summary>
    private static async Task<WorkerProcess> StartAsync(PostgresServer postgres, RedisServer redis, params string[] settings)
    {
        var worker = await StartReadyAsync(postgres, redis, settings);
        await worker.WarmedAfterTheFeedAsync();
        return worker;
    }

    private static async Task<WorkerProcess> StartReadyAsync(PostgresServer postgres, RedisServer redis, params string[] settings)
    {
        var worker = await WorkerProcess.StartAsync(postgres, redis, [WorkerProcess.PatientWithRedis, .. settings]);
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        return worker;
    }

    private static async Task<CacheEvent> WarmedAsync(ICacheFleet fleet, string reason)
    {
        CacheEvent? found = null;
        await Until.TrueAsync(
            async () => (found = (await fleet.GetChangesAsync(100)).FirstOrDefault(change => change is { Kind: CacheEventKind.Warming, State: CacheWarming.Done } && change.Action == reason)) is not null,
            seconds: 60);
        return found!;
    }
}
