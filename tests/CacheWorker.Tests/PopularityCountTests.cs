using HotShelf.Catalog.Tests;
using HotShelf.Catalog.Warming;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

/// <summary>Popularity from the readers' side: what nodes count, and what survives.</summary>
public class PopularityCountTests
{
    [ServersFact]
    public async Task Reads_OfTwoNodes_AddUpInTheRankingWhateverBecameOfTheEntries()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await SeedAsync(postgres);
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await using (var first = await CacheNode.StartAsync(postgres, redis, options => options.PopularityInterval = TimeSpan.FromMilliseconds(200)))
        await using (var second = await CacheNode.StartAsync(postgres, redis, options => options.PopularityInterval = TimeSpan.FromHours(1)))
        {
            foreach (var node in (CacheNode[])[first, second])
            {
                for (var i = 0; i < 30; i++)
                    await node.Products.FindAsync(7);
                for (var i = 0; i < 10; i++)
                    await node.Prices.FindAsync(8);
            }

            // What leaves L1 before it was harvested is counted all the same.
            await connection.GetDatabase().KeyDeleteAsync("{hs:v1:product:7}");
            await Until.TrueAsync(async () => await connection.GetDatabase().SortedSetScoreAsync("popularity:{hs}", "product:7") >= 30);
        }

        // The second node delivers when it ends.
        Assert.Equal(60, await connection.GetDatabase().SortedSetScoreAsync("popularity:{hs}", "product:7"));
        Assert.Equal(20, await connection.GetDatabase().SortedSetScoreAsync("popularity:{hs}", "price:8"));
    }

    [ServersFact]
    public async Task Ranking_FleetLimit_KeepsTheMostRead()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await SeedAsync(postgres);
        await using var redis = await RedisServer.StartAsync();
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await using (var node = await CacheNode.StartAsync(postgres, redis, options => options.PopularityLimit = 50))
        {
            for (var id = 1; id <= 200; id++)
            {
                for (var i = 0; i < id; i++)
                    await node.Products.FindAsync(id);
            }
        }

        var ranked = (await connection.GetDatabase().SortedSetRangeByRankAsync("popularity:{hs}")).Select(key => (string)key!).ToHashSet();
        Assert.Equal(50, ranked.Count);
        Assert.Contains("product:200", ranked);
        Assert.DoesNotContain("product:100", ranked);
    }

    [ServersFact]
    public async Task Ranking_RedisRestartedEmpty_IsRestoredFromTheDatabaseAndWarmed()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await SeedAsync(postgres);
        await using var redis = await RedisServer.StartAsync();
        await using (var node = await CacheNode.StartAsync(postgres, redis))
        {
            for (var i = 0; i < 20; i++)
                await node.Products.FindAsync(42);
        }

        // Saves when it ends.
        await using (var worker = await WorkerProcess.StartAsync(postgres, redis))
        {
            await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
            await worker.TerminateAsync();
        }

        await redis.RestartAsync();
        await using var next = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=10");
        await Until.TrueAsync(async () => await next.StatusAsync("/ready") == "200", seconds: 60);
        using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        Assert.InRange((await connection.GetDatabase().SortedSetScoreAsync("popularity:{hs}", "product:42"))!.Value, 15, 20);
        await using var reader = await CacheNode.StartAsync(postgres, redis);
        await reader.Products.FindAsync(42);
        Assert.Equal(0, reader.Queries);
    }

    [PostgresFact]
    public async Task SaveAsync_SeveralWorkers_OneSavesAnInterval()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        await catalog.Initializer.InitializeAsync();
        var saved = catalog.Services.GetRequiredService<ISavedPopularity>();
        Assert.Empty((await saved.ReadAsync()).Scores);
        KeyValuePair<string, double>[] ranking = [new("product:1", 5), new("product:2", 7.5)];
        var done = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => saved.SaveAsync(ranking, TimeSpan.FromMinutes(1)).AsTask()));
        Assert.Single(done, saves => saves);
        Assert.Equal([new("product:2", 7.5), new("product:1", 5)], (await saved.ReadAsync()).Scores);
        Assert.True(await saved.SaveAsync([new("product:2", 1)], TimeSpan.Zero));
        Assert.Equal([new("product:2", 1)], (await saved.ReadAsync()).Scores);
    }

    private static async Task SeedAsync(PostgresServer postgres)
    {
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        await catalog.Initializer.InitializeAsync();
    }
}
