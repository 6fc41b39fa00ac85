using System.Globalization;
using HotShelf.TestServers;
using Npgsql;
using Xunit.Abstractions;

namespace HotShelf.CacheWorker.Tests;

/// <summary>Everything at once, for HOTSHELF_SOAK_SECONDS (default 12; <c>./dev load --soak</c> takes 60). What counts is the end: cache = database, and the audit says the same.</summary>
public class SoakTests(ITestOutputHelper output)
{
    private const int Products = 300;

    private static readonly int s_seconds =
        int.TryParse(Environment.GetEnvironmentVariable("HOTSHELF_SOAK_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 12;

    [ServersFact]
    public async Task Writers_WithWorkersKilledAndFrozenServersRestartedAndTheSlotDropped_EndWithCacheEqualToDatabase()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        var workers = new[] { await StartWorkerAsync(postgres, redis), await StartWorkerAsync(postgres, redis) };
        await Until.TrueAsync(async () => await workers[0].StatusAsync("/health") == "200", seconds: 60);
        await using var first = await StartNodeAsync(postgres, redis);
        await using var second = await StartNodeAsync(postgres, redis);
        // So few that every round of the audit reaches all of them.
        await first.ExecuteAsync($"delete from products where id > {Products}");

        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(s_seconds));
        var work = new[] { WriteAsync(first, 1, end.Token), WriteAsync(second, 2, end.Token), ReadAsync(first, 3, end.Token), ReadAsync(second, 4, end.Token) };
        var random = new Random(5);
        for (var i = 0; i < 2; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(s_seconds / 8.0));
            await KillOneAsync(workers, random, postgres, redis);
            var frozen = workers[random.Next(workers.Length)];
            await frozen.SignalAsync("STOP");
            await Task.Delay(TimeSpan.FromSeconds(s_seconds / 8.0));
            await redis.RestartAsync();
            await frozen.SignalAsync("CONT");
        }

        await postgres.RestartAsync();
        await DropSlotAsync(first);

        var counts = await Task.WhenAll(work);
        await DrainedAsync(first, workers);
        // Nothing waits any more: what a node shows from here on is what it will show.
        foreach (var node in (CacheNode[])[first, second])
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            List<string> differences;
            while ((differences = await DifferencesAsync(node)).Count > 0 && watch.Elapsed < TimeSpan.FromSeconds(60))
                await Task.Delay(50);
            Assert.True(differences.Count == 0, $"{differences.Count} entries are stale after {watch.Elapsed}; {node.Inspector.GetStatistics()}\n{string.Join('\n', differences.Take(10))}");
            output.WriteLine($"equal after {watch.Elapsed.TotalMilliseconds:0} ms");
        }

        foreach (var worker in workers)
        {
            // The last one that was started may not listen yet.
            await Until.TrueAsync(async () => await worker.StatusAsync("/health") == "200", seconds: 60);
            var before = await worker.AuditAsync();
            await Until.TrueAsync(async () => await worker.AuditAsync() is { Open: 0 } report && report.Rounds > before.Rounds + 1 && report.Checked > before.Checked, seconds: 60);
            output.WriteLine($"audit: {await worker.AuditAsync() with { Violations = [] }}");
        }

        output.WriteLine($"{counts[0] + counts[1]} writes, {counts[2] + counts[3]} reads");
        Assert.All(workers, worker => Assert.DoesNotContain("FeedPoison", worker.Output, StringComparison.Ordinal));
        foreach (var worker in workers)
            await worker.DisposeAsync();
    }

    // Prices live longer than the test waits, as products do: only what the feed removes makes cache and database equal.
    private static Task<CacheNode> StartNodeAsync(PostgresServer postgres, RedisServer redis) => CacheNode.StartAsync(
        postgres, redis, cache: options => options.Families["price"] = new HotShelf.Caching.CachePolicy { Fresh = TimeSpan.FromHours(1), Local = TimeSpan.FromMinutes(10) });

    private static Task<WorkerProcess> StartWorkerAsync(PostgresServer postgres, RedisServer redis) => WorkerProcess.StartAsync(
        postgres, redis, $"Worker__Warming__Products={Products}", "Worker__Audit__Interval=00:00:01", $"Worker__Audit__Keys={4 * Products}",
        "Caching__Families__price__Fresh=01:00:00", "Caching__Families__price__Local=00:10:00");

    private static async Task KillOneAsync(WorkerProcess[] workers, Random random, PostgresServer postgres, RedisServer redis)
    {
        var victim = random.Next(workers.Length);
        await workers[victim].KillAsync();
        await workers[victim].DisposeAsync();
        workers[victim] = await StartWorkerAsync(postgres, redis);
    }

    // Until it has really been dropped: a worker may take it in between.
    private static Task DropSlotAsync(CacheNode node) => Until.TrueAsync(async () =>
    {
        try
        {
            await node.ExecuteAsync("select pg_terminate_backend(active_pid) from pg_replication_slots where active and not temporary");
            return await node.ScalarAsync("select count(pg_drop_replication_slot(slot_name)) from pg_replication_slots where not active and not temporary") is 1L;
        }
        catch (NpgsqlException)
        {
            // Pooled connections of before the restart, or the slot was taken just now.
            return false;
        }
    });

    private static async Task<int> WriteAsync(CacheNode node, int seed, CancellationToken end)
    {
        var random = new Random(seed);
        var writes = 0;
        for (; !end.IsCancellationRequested; writes++)
        {
            var id = 1 + random.Next(Products);
            try
            {
                await node.ExecuteAsync(random.Next(10) switch
                {
                    < 5 => $"update products set name = 'Name {seed}-{writes}' where id = {id}",
                    < 8 => $"update prices set amount = {writes % 1000}.5 where product_id = {id}",
                    < 9 => $"update products set description = 'Bulk {seed}-{writes}' where id between {id} and {id + 50} and id <= {Products}",
                    _ => $"delete from prices where product_id = {id}; insert into prices values ({id}, 1, 'EUR')",
                });
            }
            catch (NpgsqlException)
            {
                // Two bulk writers crossed each other, or the server is restarted.
            }

            await Task.Delay(random.Next(4), CancellationToken.None);
        }

        return writes;
    }

    private static async Task<int> ReadAsync(CacheNode node, int seed, CancellationToken end)
    {
        var random = new Random(seed);
        var reads = 0;
        for (; !end.IsCancellationRequested; reads++)
        {
            var id = 1 + random.Next(Products);
            try
            {
                await node.Products.FindAsync(id, CancellationToken.None);
                await node.Prices.FindAsync(id, CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // The server is restarted.
            }

            if (reads % 20 == 0)
                await Task.Delay(1, CancellationToken.None);
        }

        return reads;
    }

    private static Task DrainedAsync(CacheNode node, WorkerProcess[] workers)
    {
        return node.FollowedAsync(60, () => $"the slot advances. {string.Join("\n\n", workers.Select(Complaints))}");

        static string Complaints(WorkerProcess worker) =>
            string.Join('\n', worker.Output.Split('\n').Where(line => line.Contains("CacheWorker", StringComparison.Ordinal) || !line.Contains("\"Information\"", StringComparison.Ordinal)).TakeLast(12));
    }

    private static async Task<List<string>> DifferencesAsync(CacheNode node)
    {
        await using var command = node.DataSource.CreateCommand(
            $"select p.id, p.name, r.amount, p.version + r.version, p.description from products p join prices r on r.product_id = p.id where p.id <= {Products}");
        await using var rows = await command.ExecuteReaderAsync();
        var differences = new List<string>();
        while (await rows.ReadAsync())
        {
            var id = rows.GetInt32(0);
            var product = await node.Products.FindAsync(id);
            if (product?.Version != rows.GetInt64(3) || product.Name != rows.GetString(1) || product.Price != rows.GetDecimal(2) || product.Description != rows.GetString(4))
                differences.Add($"version {product?.Version} instead of {rows.GetInt64(3)}: {await node.Inspector.DescribeAsync($"product:{id}")}");
            var price = await node.Prices.FindAsync(id);
            if (price?.Amount != rows.GetDecimal(2))
                differences.Add($"price {price?.Amount} instead of {rows.GetDecimal(2)}: {await node.Inspector.DescribeAsync($"price:{id}")}");
        }

        return differences;
    }
}
