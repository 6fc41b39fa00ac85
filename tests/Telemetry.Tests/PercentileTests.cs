using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using HotShelf.Caching;
using HotShelf.Telemetry.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.Telemetry.Tests;

/// <summary>
/// The percentiles that Prometheus computes from the histograms, beside those of a client that measured every call. They may differ by a bucket, so the buckets must be
/// fine enough for the values. Nothing else runs meanwhile: a histogram does not count how long the caller waits for a thread afterwards.
/// </summary>
[Collection(nameof(PercentileTests))]
public sealed partial class PercentileTests(RunningSystem system) : IClassFixture<RunningSystem>
{
    private static readonly double[] s_quantiles = [0.5, 0.9];

    [PrometheusFact]
    public async Task Requests_OfPrometheusAndOfAClient_HaveTheSamePercentiles()
    {
        await using var prometheus = await PrometheusServer.StartAsync(("productapi", system.Api.BaseAddress!));
        // Two kinds of requests that no other test makes: answered from memory, and from Postgres.
        foreach (var (method, path, route) in new[] { ("HEAD", "/products/1", "/products/{id}"), ("GET", "/cache/warm", "/cache/warm") })
        {
            await MeasureAsync("GET", path, 1); // fills; another method
            var (client, overhead) = await MeasureAsync(method, path, 2000);
            await AssertSameAsync(prometheus, $"http_server_request_duration_seconds_bucket{{http_request_method=\"{method}\",http_route=\"{route}\"}}", client.Length + (method == "GET" ? 1 : 0), client, overhead,
                await system.Api.GetStringAsync("/metrics"));
        }
    }

    [PrometheusFact]
    public async Task CacheReads_OfPrometheusAndOfACaller_HaveTheSamePercentiles()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = Build(redis.ConnectionString);
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        await using var prometheus = await PrometheusServer.StartAsync(("productapi", address));
        using var http = new HttpClient { BaseAddress = address };
        var cache = app.Services.GetRequiredService<HybridCache>();
        await Until.TrueAsync(() => app.Services.GetRequiredService<ICacheInspector>().GetStatistics().Coherence == "tracking", "the stream of changes is there");

        static ValueTask<string> Load(CancellationToken token) => ValueTask.FromResult("value");
        var onlyRemote = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCache };
        await cache.GetOrCreateAsync("product:1", Load, onlyRemote);
        // Compiled first; those are counted too, and are few.
        var l2 = await MeasureAsync(2000, _ => cache.GetOrCreateAsync("product:1", Load, onlyRemote));
        var l1 = await MeasureAsync(400_000, _ => cache.GetOrCreateAsync("product:2", Load));
        var origin = await MeasureAsync(200, i => cache.GetOrCreateAsync($"price:{i}", static token =>
        {
            // A loader of 0.2 to 6 ms that does not wait for a timer.
            var until = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 5000 * Random.Shared.Next(1, 31);
            while (Stopwatch.GetTimestamp() < until)
                Thread.SpinWait(20);
            return ValueTask.FromResult("value");
        }));

        // A hit in memory takes about as long as reading the clock twice, and its sample comes after a thousand hits that were not timed: one bucket more.
        foreach (var (tier, atLeast, client) in new[] { ("l2", l2.Length, l2), ("l1", 200, l1), ("origin", origin.Length, origin) })
            await AssertSameAsync(prometheus, $"hotshelf_cache_read_duration_seconds_bucket{{hotshelf_cache_tier=\"{tier}\"}}", atLeast, client, overhead: null, await http.GetStringAsync("/metrics"), buckets: tier == "l1" ? 2 : 1);
    }

    private static async Task AssertSameAsync(PrometheusServer prometheus, string histogram, int atLeast, double[] client, double[]? overhead, string scrape, int buckets = 1)
    {
        await Until.TrueAsync(async () => (await prometheus.QueryAsync($"sum({histogram[..^1]},le=\"+Inf\"}})")).FirstOrDefault() >= atLeast, $"{atLeast} values of {histogram} are scraped");
        var name = histogram[..histogram.IndexOf('{', StringComparison.Ordinal)];
        double[] bounds = [0, .. scrape.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => BoundOf().Match(line)).Where(match => match.Success)
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Distinct().Order()];
        foreach (var quantile in s_quantiles)
        {
            var measured = Quantile(client, quantile);
            var told = (await prometheus.QueryAsync($"histogram_quantile({quantile.ToString(CultureInfo.InvariantCulture)}, sum by (le) ({histogram}))")).Single();
            var bucket = Array.FindIndex(bounds, bound => bound >= measured);
            var (least, most) = (bounds[Math.Max(0, bucket - 1 - buckets)], bounds[Math.Min(bounds.Length - 1, bucket + buckets)]);
            var message = $"{histogram} p{quantile * 100}: Prometheus {told * 1e6:0.0} us, client {measured * 1e6:0.0} us, bucket {bounds[bucket - 1] * 1e6:0.0} to {bounds[bucket] * 1e6:0.0} us";
            Assert.True(bounds[bucket] <= 3 * measured, $"too coarse: {message}");
            Assert.True(told <= most && told >= least - (overhead is null ? 0 : Quantile(overhead, quantile)), message);
        }
    }

    /// <summary>
    /// Over one bare connection: an HTTP client would cost more than a hit. After each request comes a probe, which is in no histogram: what a round trip costs beside the
    /// measured request, on a machine that is just as busy.
    /// </summary>
    private async Task<(double[] Times, double[] Overhead)> MeasureAsync(string method, string path, int count)
    {
        using var connection = new TcpClient { NoDelay = true };
        await connection.ConnectAsync(system.Api.BaseAddress!.Host, system.Api.BaseAddress.Port);
        var buffer = new byte[64 * 1024];
        var (times, overhead) = (new double[count], new double[count]);
        for (var i = 0; i < count; i++)
            (times[i], overhead[i]) = (await RoundTripAsync(method, path), await RoundTripAsync("GET", "/alive"));
        return (times, overhead);

        async Task<double> RoundTripAsync(string method, string path)
        {
            var request = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nX-Api-Key: {system.AdminKey}\r\n\r\n");
            var started = Stopwatch.GetTimestamp();
            await connection.GetStream().WriteAsync(request);
            var read = await connection.GetStream().ReadAsync(buffer);
            while (buffer.AsSpan(0, read).IndexOf("Transfer-Encoding: chunked"u8) >= 0 && !buffer.AsSpan(0, read).EndsWith("\r\n0\r\n\r\n"u8))
                read += await connection.GetStream().ReadAsync(buffer.AsMemory(read));
            var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, read), StringComparison.Ordinal);
            return took;
        }
    }

    private static async Task<double[]> MeasureAsync(int count, Func<int, ValueTask<string>> read)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await read(i);
            times[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        return times;
    }

    private static double Quantile(double[] times, double quantile) => times.Order().ElementAt((int)(times.Length * quantile));

    private static WebApplication Build(string redis)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:0"), new("ConnectionStrings:cache", redis), new("Caching:RemoteTimeout", "00:00:10"), new("Caching:Default:Jitter", "0")]);
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.AddHotShelfCaching("cache");
        var app = builder.Build();
        app.MapDefaultEndpoints();
        return app;
    }

    [CollectionDefinition(nameof(PercentileTests), DisableParallelization = true)]
    public sealed class Alone;

    [GeneratedRegex("le=\"([0-9.eE+-]+)\"")]
    private static partial Regex BoundOf();
}
