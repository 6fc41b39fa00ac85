using HotShelf.Catalog.Tests;
using HotShelf.Catalog.Warming;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.CacheWorker.Tests;

/// <summary>Warmings on request: written down by anyone, done by one worker, followed and called off from outside.</summary>
public class WarmingRequestTests
{
    [ServersFact]
    public async Task Submit_TwoWorkers_OneDoesItAndItsProgressIsWrittenDown()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(postgres, redis);
        await using var second = await StartAsync(postgres, redis);
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        var requests = catalog.Services.GetRequiredService<IWarmingRequests>();
        var submitted = await requests.SubmitAsync(new WarmingRequest { Keys = ["product:1", "product:2", "price:1", "product:99999"] });
        Assert.Equal("queued", submitted.State);
        var done = await EndedAsync(requests, submitted.Id);
        Assert.Equal(("done", 4, 4, 1), (done.State, done.Total, done.Done, done.Failed));
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.Products.FindAsync(2);
        await node.Prices.FindAsync(1);
        Assert.Equal(0, node.Queries);
        Assert.False(await requests.CancelAsync(submitted.Id));
    }

    [ServersFact]
    public async Task Worker_KilledWhileWarming_AnotherTakesItOver_AndCancelStopsIt()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        await using var doomed = await StartAsync(postgres, redis, "Worker__Warming__KeysPerSecond=200");
        var requests = catalog.Services.GetRequiredService<IWarmingRequests>();
        var submitted = await requests.SubmitAsync(new WarmingRequest { Families = ["product"], Top = 5000 });
        await Until.TrueAsync(async () => (await requests.FindAsync(submitted.Id))!.Done > 0);
        var seen = (await requests.FindAsync(submitted.Id))!;
        Assert.True(seen is { State: "running", Total: 5000, EtaSeconds: > 1 }, $"{seen}");
        Assert.InRange(seen.Rate, 50, 400);
        await doomed.KillAsync();

        await using var next = await StartAsync(postgres, redis, "Worker__Warming__KeysPerSecond=200", "Worker__Warming__AbandonedAfter=00:00:05", "Worker__Warming__RequestPoll=00:00:00.500");
        await Until.TrueAsync(async () => await next.ProgressAsync() is { State: "running", Total: 5000 }, seconds: 30);
        Assert.True(await requests.CancelAsync(submitted.Id));
        await Until.TrueAsync(async () => (await next.ProgressAsync()).State == "stopped", seconds: 10);
        Assert.Equal("cancelled", (await requests.FindAsync(submitted.Id))!.State);
    }

    [ServersFact]
    public async Task Worker_StoppedWhileWarming_LeavesItForAnother()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        await using var first = await StartAsync(postgres, redis, "Worker__Warming__KeysPerSecond=200");
        var requests = catalog.Services.GetRequiredService<IWarmingRequests>();
        var submitted = await requests.SubmitAsync(new WarmingRequest { Families = ["product"], Top = 2000 });
        await Until.TrueAsync(async () => (await requests.FindAsync(submitted.Id))!.Done > 0);
        await first.TerminateAsync();
        Assert.Equal("queued", (await requests.FindAsync(submitted.Id))!.State);
        await using var second = await StartAsync(postgres, redis);
        Assert.Equal(("done", 2000), ((await EndedAsync(requests, submitted.Id)).State, (await EndedAsync(requests, submitted.Id)).Done));
    }

    [ServersFact]
    public async Task Warming_WhatIsFresh_IsSkipped_AndAFullRedisEndsIt()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru");
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        await using var worker = await StartAsync(postgres, redis);
        var requests = catalog.Services.GetRequiredService<IWarmingRequests>();
        await EndedAsync(requests, (await requests.SubmitAsync(new WarmingRequest { Top = 1000 })).Id);
        var stores = await StoresAsync(redis);
        Assert.Equal("done", (await EndedAsync(requests, (await requests.SubmitAsync(new WarmingRequest { Top = 1000 })).Id)).State);
        // The worker's own probes are a few.
        Assert.InRange(await StoresAsync(redis), stores, stores + 20);

        // Full: warming would only push out what readers have asked for.
        await redis.CommandAsync("CONFIG SET maxmemory 2mb");
        await Task.Delay(1100);
        var ended = await EndedAsync(requests, (await requests.SubmitAsync(new WarmingRequest { Top = 8000 })).Id);
        Assert.Equal("stopped", ended.State);
        Assert.Contains("no room", ended.Message, StringComparison.Ordinal);
    }

    private static async Task<int> StoresAsync(RedisServer redis) => int.Parse((await redis.CommandAsync("INFO commandstats")).Split('\n').Single(line => line.StartsWith("cmdstat_set:", StringComparison.Ordinal)).Split(',', '=')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<WorkerProcess> StartAsync(PostgresServer postgres, RedisServer redis, params string[] settings)
    {
        var worker = await WorkerProcess.StartAsync(postgres, redis, [.. settings, "Worker__Warming__Products=1"]);
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        return worker;
    }

    private static async Task<WarmingStatus> EndedAsync(IWarmingRequests requests, long id)
    {
        await Until.TrueAsync(async () => (await requests.FindAsync(id))!.FinishedAt is not null, seconds: 30);
        return (await requests.FindAsync(id))!;
    }
}
