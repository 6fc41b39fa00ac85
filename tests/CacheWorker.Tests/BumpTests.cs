using HotShelf.Caching.Fleet;
using HotShelf.Catalog.Tests;
using HotShelf.Catalog.Warming;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.CacheWorker.Tests;

/// <summary>A bump of the version, as a console makes it, and what a worker then does.</summary>
public class BumpTests
{
    [ServersFact]
    public async Task Bump_WhileAWorkerRuns_IsWarmedAfterwardsAndSwept()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        var requests = catalog.Services.GetRequiredService<IWarmingRequests>();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Newest=200");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 90);
        await Until.TrueAsync(async () => (await redis.CommandAsync("EXISTS bump:{hs:v1}")).Trim() == ":1", seconds: 60);
        await using var services = new ServiceCollection().AddHotShelfFleetReader(options => options.Redis = redis.ConnectionString).BuildServiceProvider();
        var fleet = services.GetRequiredService<ICacheFleet>();
        await Until.TrueAsync(async () => (await fleet.SampleAsync()).Families.Any(family => family is { Family: "product", Fresh: 200, Hidden: 0 }), seconds: 60);
        var bumped = await fleet.BumpVersionAsync("ada");
        await Until.TrueAsync(async () => (await requests.ListAsync(10)).Any(warming => warming is { Reason: "version bump", State: "done" }), seconds: 60);
        await Until.TrueAsync(async () => (await fleet.SampleAsync()).Families.Where(family => family.Family == "product").Sum(family => family.Hidden) == 0, seconds: 60);
        var after = (await fleet.SampleAsync()).Families.Single(family => family.Family == "product");
        Assert.Equal(200, after.Fresh);
        Assert.True((await fleet.DescribeAsync("product:10000", withValue: false))!.Created > bumped.Since);
    }
}
