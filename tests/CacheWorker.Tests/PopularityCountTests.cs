using HotShelf.Catalog.Tests;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Tests;

/// <summary>Popularity from the readers' side: what nodes count.</summary>
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

    private static async Task SeedAsync(PostgresServer postgres)
    {
        await using var catalog = new TestCatalog(postgres.ConnectionString);
        await catalog.Initializer.InitializeAsync();
    }
}
