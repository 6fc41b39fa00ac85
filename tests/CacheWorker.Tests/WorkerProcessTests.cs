using System.Diagnostics;
using System.Net;
using HotShelf.Catalog;
using HotShelf.TestServers;
using Xunit.Abstractions;

namespace HotShelf.CacheWorker.Tests;

public class WorkerProcessTests(ITestOutputHelper output)
{
    [ServersFact]
    public async Task Start_OnEmptyServers_SeedsWarmsAndBecomesReady()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, WorkerProcess.PatientWithRedis);
        var watch = Stopwatch.StartNew();
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        output.WriteLine($"ready after {watch.Elapsed}");
        await worker.WarmedAfterTheFeedAsync();
        Assert.Equal("200", await worker.StatusAsync("/health"));
        Assert.Contains("Warmed 1000 keys", worker.Output, StringComparison.Ordinal);
        Assert.Contains("0 failed", worker.Output, StringComparison.Ordinal);

        await using var node = await CacheNode.StartAsync(postgres, redis);
        var missed = new List<int>();
        for (var id = 10_000; id > 9000; id -= 27)
        {
            var before = node.Queries;
            Assert.Equal(id, (await node.Products.FindAsync(id))!.Id);
            if (node.Queries > before)
                missed.Add(id);
        }

        Assert.True(missed.Count == 0, $"{string.Join(", ", missed)} were not warm; {node.Inspector.GetStatistics()} {worker.Output}");
        // The newest products, while there are no counts: an old one is not among them.
        await node.Products.FindAsync(42);
        Assert.Equal(1, node.Queries);

        foreach (var key in (string[])["product:4000", "price:4000", "product-list:c.garden~p.1~n.20", "user-profile:u0001", "product:99999", "price:99999", "user-profile:nobody", "output:GET /", "nonsense"])
            await redis.CommandAsync($"ZADD popularity:{{hs}} 1 \"{key}\"");
        using var started = await worker.Http.PostAsync(new Uri("/warm", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var outcome = "";
        await Until.TrueAsync(() => worker.Output is var written && written.IndexOf("(on request)", StringComparison.Ordinal) is > 0 and var asked && (outcome = written[asked..]).Contains(" failed", StringComparison.Ordinal));
        // Neither what is not there, nor what is not the worker's to fill.
        Assert.Contains(" 0 failed", outcome, StringComparison.Ordinal);
        await node.Products.FindAsync(4000);
        await node.Prices.FindAsync(4000);
        await node.Products.ListAsync(ProductQuery.FirstPage("garden"));
        await node.Profiles.FindAsync("u0001");
        Assert.Equal(1, node.Queries);

        watch.Restart();
        await worker.TerminateAsync();
        output.WriteLine($"ended after {watch.Elapsed}");
        Assert.DoesNotContain("fail:", worker.Output, StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Change_ByTheWriterItself_IsFilledOnceThoughTheFeedRepeatsIt()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=0");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        // Nothing may expire while the test runs.
        var forLong = new HotShelf.Caching.CachePolicy { Fresh = TimeSpan.FromHours(1), Local = TimeSpan.FromHours(1) };
        await using var node = await CacheNode.StartAsync(postgres, redis, cache: options => (options.Families["product"], options.Families["price"]) = (forLong, forLong));
        // The families are removed before there is a slot.
        await node.FollowedAsync();
        // The feed must not be faster than the read after the write.
        await worker.SignalAsync("STOP");
        var changed = new List<int>();
        for (var id = 1; id <= 20; id++)
        {
            await node.Writer.SetPriceAsync(id, new PriceInput { Amount = 7 + id, Currency = "EUR" });
            Assert.Equal(7 + id, (await node.Products.FindAsync(id))!.Price);
            Assert.Equal(7 + id, (await node.Prices.FindAsync(id))!.Amount);
            changed.Add(id);
        }

        await InLocalAsync();
        // What Redis has pushed for the node's own writes has arrived with a later push: from now on no copy leaves.
        await node.Products.FindAsync(10_000);
        await redis.CommandAsync("DEL {hs:v1:product:10000}");
        await Until.TrueAsync(async () => await node.Inspector.DescribeAsync("product:10000") is null or { InLocal: false });
        await InLocalAsync();

        var queries = node.Queries;
        await worker.SignalAsync("CONT");
        await node.FollowedAsync();
        foreach (var id in changed)
        {
            // Not even the copies in memory are gone: nothing was pushed.
            Assert.True((await node.Inspector.DescribeAsync($"product:{id}"))!.InLocal);
            Assert.True((await node.Inspector.DescribeAsync($"price:{id}"))!.InLocal);
            await node.Products.FindAsync(id);
            await node.Prices.FindAsync(id);
        }

        Assert.Equal(queries, node.Queries);
        // A change that no writer invalidated is not older, and removes them.
        await node.ExecuteAsync("update prices set amount = 1 where product_id = 1");
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Price == 1 && (await node.Prices.FindAsync(1))!.Amount == 1);

        // The push of a node's own removal may overtake its fill, which is then in Redis alone, or remove the copy: the next read copies it.
        async Task InLocalAsync()
        {
            foreach (var id in changed)
            {
                await Until.TrueAsync(async () => await node.Products.FindAsync(id) is not null && (await node.Inspector.DescribeAsync($"product:{id}"))!.InLocal);
                await Until.TrueAsync(async () => await node.Prices.FindAsync(id) is not null && (await node.Inspector.DescribeAsync($"price:{id}"))!.InLocal);
            }
        }
    }

    [ServersFact]
    public async Task ChangeOfAList_ByTheWriterItself_IsFilledOnceThoughTheFeedRepeatsIt()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=0");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        var forLong = new HotShelf.Caching.CachePolicy { Fresh = TimeSpan.FromHours(1), Local = TimeSpan.FromHours(1) };
        await using var node = await CacheNode.StartAsync(postgres, redis, cache: options => options.Families["product-list"] = forLong);
        await node.FollowedAsync();
        var garden = ProductQuery.FirstPage("garden");
        var key = CatalogCacheKeys.ProductList(garden);
        var product = (await node.Products.ListAsync(garden)).Items[0];
        for (var round = 1; round <= 3; round++)
        {
            // The feed must not be faster than the read after the write.
            await worker.SignalAsync("STOP");
            switch (round)
            {
                case 1:
                    await node.Writer.SetPriceAsync(product.Id, new PriceInput { Amount = 7, Currency = "EUR" });
                    Assert.Equal(7, (await node.Products.ListAsync(garden)).Items[0].Price);
                    break;
                case 2:
                    var input = new ProductInput { Sku = product.Sku, Name = "Other", Description = product.Description, Category = product.Category, Price = 8, Currency = "EUR", Tags = product.Tags };
                    await node.Writer.UpdateProductAsync(product.Id, input);
                    Assert.Equal("Other", (await node.Products.ListAsync(garden)).Items[0].Name);
                    break;
                default:
                    await node.Writer.DeleteProductAsync(product.Id);
                    Assert.NotEqual(product.Id, (await node.Products.ListAsync(garden)).Items[0].Id);
                    break;
            }

            await InLocalAsync();
            var queries = node.Queries;
            await worker.SignalAsync("CONT");
            await node.FollowedAsync();
            Assert.True((await node.Inspector.DescribeAsync(key))!.InLocal);
            await node.Products.ListAsync(garden);
            Assert.Equal(queries, node.Queries);
        }

        // A change that no writer invalidated removes the list.
        await node.ExecuteAsync("update products set name = 'By hand' where category = 'garden'");
        await Until.TrueAsync(async () => (await node.Products.ListAsync(garden)).Items[0].Name == "By hand");

        // The push of the node's own removal may overtake its fill.
        Task InLocalAsync() => Until.TrueAsync(async () => await node.Products.ListAsync(garden) is not null && (await node.Inspector.DescribeAsync(key))!.InLocal);
    }

    [ServersFact]
    public async Task BulkChange_BeyondTheLimit_IsSeenByEveryNode()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=0", "ChangeFeed__MaximumKeys=1000");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.FollowedAsync();
        foreach (var id in (int[])[1, 5000, 10_000])
            await node.Products.FindAsync(id);
        await node.ExecuteAsync("update products set name = 'Bulk'");
        var watch = Stopwatch.StartNew();
        foreach (var id in (int[])[1, 5000, 10_000])
            await Until.TrueAsync(async () => (await node.Products.FindAsync(id))!.Name == "Bulk");
        output.WriteLine($"10,000 changed products: seen after {watch.Elapsed.TotalMilliseconds:0} ms");

        // Another service replaces everything by a load.
        await node.Products.ListAsync(ProductQuery.FirstPage("garden"));
        await node.ExecuteAsync("begin; truncate products cascade; insert into products (id, sku, name, description, category) select n, 'NEW-' || n, 'New', 'Text', 'garden' from generate_series(1, 100) n; insert into prices select n, 1, 'EUR' from generate_series(1, 100) n; commit");
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "New" && await node.Products.FindAsync(5000) is null
            && (await node.Products.ListAsync(ProductQuery.FirstPage("garden"))).Items.All(product => product.Name == "New"));
    }

    [ServersFact]
    public async Task Change_WhileRedisOrTheWorkerIsAway_IsSeenAfterItsReturn()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=0");
        await Until.TrueAsync(async () => await worker.StatusAsync("/health") == "200", seconds: 60);
        await using var node = await CacheNode.StartAsync(postgres, redis);
        await node.FollowedAsync();
        await node.Products.FindAsync(1);
        await redis.PauseAsync();
        await node.ExecuteAsync("update products set name = 'While Redis was away' where id = 1");
        await redis.ResumeAsync();
        var watch = Stopwatch.StartNew();
        await Until.TrueAsync(async () => (await node.Products.FindAsync(1))!.Name == "While Redis was away");
        output.WriteLine($"Redis frozen: {watch.Elapsed.TotalMilliseconds:0} ms after its return");

        // Until the node uses Redis again, what it loads lives in its memory only, and until the next removal of any tag.
        await Until.TrueAsync(async () => await node.Products.FindAsync(2) is not null && (await redis.CommandAsync("EXISTS {hs:v1:product:2}")).Trim() == ":1");
        await worker.KillAsync();
        await node.ExecuteAsync("update products set name = 'While the worker was away' where id = 2");
        Assert.True((await node.Products.FindAsync(2))!.Name != "While the worker was away", string.Join('\n', node.Logs.Entries.Select(entry => entry.Message)));
        await using var next = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=0");
        await Until.TrueAsync(async () => await next.StatusAsync("/health") == "200", seconds: 60);
        watch.Restart();
        await Until.TrueAsync(async () => (await node.Products.FindAsync(2))!.Name == "While the worker was away");
        output.WriteLine($"worker away: {watch.Elapsed.TotalMilliseconds:0} ms after its health");
    }

    [ServersFact]
    public async Task Ready_PostgresDies_StaysReady()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis, "Worker__Warming__Products=0", "Catalog__SampleData=false");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);

        await postgres.KillAsync();
        await Until.TrueAsync(async () =>
        {
            await worker.StatusAsync("/ready");
            return worker.Output.Contains("Health check PostgreSql is", StringComparison.Ordinal);
        }, () => worker.Output);

        Assert.Equal("200", await worker.StatusAsync("/ready"));
    }
}
