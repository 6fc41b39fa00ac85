using System.Diagnostics;
using System.Globalization;
using HotShelf.Catalog.Tests;
using HotShelf.TestServers;
using Xunit.Abstractions;

namespace HotShelf.CacheWorker.Tests;

/// <summary>
/// The measured claim of docs/worker.md: two nodes under Zipf traffic over 10,000 products, Redis restarted empty, with and without a worker. The rate is
/// limited, as customers are: at the speed of a loop any cache is warm in no time.
/// </summary>
public class ColdStartTests(ITestOutputHelper output)
{
    private const int Products = 10_000;
    private const int ReadsPerSecond = 1000;
    private const double Exponent = 1.0;
    private static readonly int s_seconds =
        int.TryParse(Environment.GetEnvironmentVariable("HOTSHELF_COLD_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 10;

    [ServersFact]
    public async Task ColdRedis_ZipfTraffic_HitRatioIsAboveNinetyPercentWithinTenSeconds()
    {
        var without = await RunAsync(withWorker: false);
        var with = await RunAsync(withWorker: true);
        output.WriteLine($"{ReadsPerSecond} reads/s on two nodes, Zipf exponent {Exponent}, {Products} products; hit ratio by second after Redis came back empty");
        output.WriteLine("second   without worker   with worker");
        for (var second = 0; second < s_seconds; second++)
            output.WriteLine($"{second + 1,6}   {without[second],14:P1}   {with[second],11:P1}");
        Assert.True(with.Take(10).Max() > 0.9, $"never above 90 %: {string.Join(", ", with)}");
        Assert.True(with[^1] > without[^1]);
    }

    private static async Task<double[]> RunAsync(bool withWorker)
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using (var catalog = new TestCatalog(postgres.ConnectionString))
            await catalog.Initializer.InitializeAsync();

        // Yesterday's traffic, counted by the nodes.
        var random = new Random(3);
        var zipf = new Zipf(Products, Exponent, random);
        await using (var node = await CacheNode.StartAsync(postgres, redis, options => options.PopularityKeys = Products))
        {
            for (var i = 0; i < 60_000; i++)
                await node.Products.FindAsync(zipf.Next());
        }

        await using var worker = withWorker ? await WorkerProcess.StartAsync(postgres, redis) : null;
        if (worker is not null)
            await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
        await redis.RestartAsync();
        await using var first = await CacheNode.StartAsync(postgres, redis);
        await using var second = await CacheNode.StartAsync(postgres, redis);
        return await ReadAsync([first, second], zipf);
    }

    private static async Task<double[]> ReadAsync(CacheNode[] nodes, Zipf zipf)
    {
        var ratios = new double[s_seconds];
        var watch = Stopwatch.StartNew();
        var reads = 0;
        for (var second = 0; second < s_seconds; second++)
        {
            var before = nodes.Sum(node => node.Totals.Misses);
            var start = reads;
            for (; reads < (second + 1) * ReadsPerSecond; reads++)
            {
                await nodes[reads % nodes.Length].Products.FindAsync(zipf.Next());
                if (TimeSpan.FromSeconds((double)reads / ReadsPerSecond) - watch.Elapsed is { TotalMilliseconds: > 1 } early)
                    await Task.Delay(early);
            }

            ratios[second] = 1 - (double)(nodes.Sum(node => node.Totals.Misses) - before) / (reads - start);
        }

        return ratios;
    }

    /// <summary>Ranks by the law of Zipf, given to products in an order that has nothing to do with their numbers.</summary>
    private sealed class Zipf
    {
        private readonly double[] _cumulated;
        private readonly int[] _products;
        private readonly Random _random;

        public Zipf(int count, double exponent, Random random)
        {
            _random = random;
            _products = [.. Enumerable.Range(1, count)];
            random.Shuffle(_products);
            _cumulated = new double[count];
            var sum = 0.0;
            for (var rank = 0; rank < count; rank++)
                _cumulated[rank] = sum += 1 / Math.Pow(rank + 1, exponent);
        }

        public int Next()
        {
            var found = Array.BinarySearch(_cumulated, _random.NextDouble() * _cumulated[^1]);
            return _products[Math.Min(found < 0 ? ~found : found, _products.Length - 1)];
        }
    }
}
