using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class TelemetryTests
{
    [Theory]
    [InlineData("parentbased_always_on")]
    [InlineData("always_on")]
    public async Task Otlp_Endpoint_ReceivesTracesMetricsAndLogsWithoutProbes(string sampler)
    {
        await using var collector = await Collector.StartAsync();
        using var source = new ActivitySource("HotShelf.Fake");
        var app = await TestApp.StartAsync(
            build: builder => builder.Services.AddHealthChecks().AddCheck("asks", () =>
            {
                using var child = source.StartActivity("asked by a probe");
                return HealthCheckResult.Healthy();
            }),
            defaults: static options => options.CacheResult = static _ => "hit",
            map: web => web.MapGet("/things/{id}", (int id, ILogger<TelemetryTests> logger) =>
            {
                using var child = source.StartActivity("cache.get");
#pragma warning disable CA1848 // a test's own message
                logger.LogWarning("seen by the collector");
#pragma warning restore CA1848
                return id;
            }),
            settings: [.. collector.Settings, ("OTEL_TRACES_SAMPLER", sampler)]);
        Assert.Equal(200, (await app.GetAsync("/things/7431?id=7431")).Status);
        Assert.Equal(200, (await app.GetAsync("/health")).Status);
        Assert.Equal(200, (await app.GetAsync("/metrics")).Status);
        await app.DisposeAsync();

        Assert.True(collector.Received("/v1/traces", "GET /things/{id}"), "the request's trace");
        Assert.True(collector.Received("/v1/traces", "cache.get"), "its child");
        Assert.True(collector.Received("/v1/logs", "seen by the collector"), "its log record");
        Assert.True(collector.Received("/v1/metrics", "http.server.request.duration"), "metrics");
        Assert.False(collector.Received("/v1/traces", "/health"), "a probe in a trace");
        Assert.False(collector.Received("/v1/traces", "asked by a probe"), "what a probe set off in a trace");
        Assert.False(collector.Received("/v1/traces", "/metrics"), "a scrape in a trace");
        Assert.False(collector.Received("/v1/logs", "7431"), "a path in a log record");
        Assert.False(collector.Received("/v1/traces", "7431"), "a path or a query in a trace");
        Assert.True(collector.Received("/v1/traces", "hotshelf.cache.result"), "the cache's result");
    }

    [Fact]
    public async Task Otlp_RequestsToOthers_AreTracedWithoutTheirPaths()
    {
        await using var collector = await Collector.StartAsync();
        await using var other = await TestApp.StartAsync(map: web => web.MapGet("/things/{id}", (int id) => id));
        var app = await TestApp.StartAsync(
            map: web => web.MapGet("/asks", async (IHttpClientFactory clients) =>
            {
                using var http = clients.CreateClient();
                return await http.GetStringAsync(new Uri($"{other.App.Urls.First()}/things/7431?id=7431"));
            }),
            settings: collector.Settings);
        Assert.Equal(200, (await app.GetAsync("/asks")).Status);
        await app.DisposeAsync();

        Assert.True(collector.Received("/v1/traces", "url.full"), "the request's span");
        Assert.True(collector.Received("/v1/traces", other.App.Urls.First()), "whom it asked");
        Assert.False(collector.Received("/v1/traces", "7431"), "a path or a query in a trace");
    }

    [Fact]
    public async Task Otlp_NoEndpoint_MakesNoSpans()
    {
        // Aspire's clients would add a tracer of their own, whose spans have no reader.
        await using var app = await TestApp.StartAsync(
            build: builder =>
            {
                builder.AddCheckedRedisClient("cache");
                builder.AddCheckedNpgsqlDataSource("productdb");
            },
            settings: [("ConnectionStrings:cache", "127.0.0.1:1"), ("ConnectionStrings:productdb", "Host=127.0.0.1;Port=1")]);
        Assert.Null(app.App.Services.GetService<OpenTelemetry.Trace.TracerProvider>());
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 20)]
    public async Task TraceSampleRatio_DecidesAtTheHead(string ratio, int expected)
    {
        await using var collector = await Collector.StartAsync();
        var app = await TestApp.StartAsync(
            map: web => web.MapGet("/things/{id}", (int id) => id),
            settings: [.. collector.Settings, ("ServiceDefaults:TraceSampleRatio", ratio)]);
        for (var i = 0; i < 20; i++)
            _ = await app.GetAsync($"/things/{i}");
        await app.DisposeAsync();

        Assert.Equal(expected, collector.Count("/v1/traces", "GET /things/{id}"));
    }

    [Fact]
    public async Task Otlp_CollectorAway_NeitherStopsNorSlowsTheApplication()
    {
        await using var app = await TestApp.StartAsync(
            map: web => web.MapGet("/things/{id}", (int id) => id),
            settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{TestServers.ServerProcess.FreePort()}"), ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_METRIC_EXPORT_INTERVAL", "50")]);
        for (var i = 0; i < 100; i++)
            Assert.Equal(200, (await app.GetAsync($"/things/{i}")).Status);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Otlp_CollectorTakesConnectionsAndNeverAnswers_HoldsTheEndForTwoSecondsAtMost(string protocol)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var app = await TestApp.StartAsync(
            map: web => web.MapGet("/things/{id}", (int id) => id),
            settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{silent.LocalEndpoint}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]);
        Assert.Equal(200, (await app.GetAsync("/things/1")).Status);
        // Two seconds and the share of a busy machine. The providers alone take fifteen.
        await app.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(8));
    }

    /// <summary>Takes OTLP over HTTP and keeps the bodies; strings in protobuf are plain UTF-8.</summary>
    private sealed class Collector(WebApplication app, ConcurrentQueue<(string Path, string Body)> received) : IAsyncDisposable
    {
        public (string, string)[] Settings =>
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", app.Urls.First()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "tests"),
        ];

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var received = new ConcurrentQueue<(string, string)>();
            app.Urls.Add("http://127.0.0.1:0");
            app.MapPost("/v1/{signal}", async (HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                received.Enqueue((request.Path, Encoding.Latin1.GetString(body.ToArray())));
            });
            await app.StartAsync();
            return new Collector(app, received);
        }

        public bool Received(string path, string text) => received.Any(item => item.Path == path && item.Body.Contains(text, StringComparison.Ordinal));

        public int Count(string path, string text) => received.Where(item => item.Path == path).Sum(item => item.Body.Split(text).Length - 1);

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
