using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>What rules and dashboards rely on in a scrape.</summary>
public sealed class MetricsTests
{
    // As Prometheus asks.
    private const string OpenMetricsAccept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData(OpenMetricsAccept, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores")]
    public async Task Scrape_AcceptHeader_ChoosesTheFormat(string? accept, string expected)
    {
        await using var app = await TestApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);

        using var response = await app.Client.SendAsync(request);

        Assert.Equal(expected, response.Content.Headers.ContentType!.ToString());
        _ = PrometheusText.Parse(await response.Content.ReadAsStringAsync(), expected.StartsWith("application", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scrape_Instruments_HaveTheNamesOfTheDocumentationInBothFormats()
    {
        using var meter = new Meter("HotShelf.Names");
        await using var app = await TestApp.StartAsync();
        meter.CreateCounter<long>("hotshelf.cache.requests", "{request}", "Reads.").Add(3, new KeyValuePair<string, object?>("hotshelf.cache.family", "price"));
        meter.CreateUpDownCounter<long>("hotshelf.l1.size", "By").Add(-7);
        meter.CreateGauge<double>("hotshelf.cache.hit_ratio", "1").Record(0.75);
        meter.CreateHistogram<double>("hotshelf.lag", "s").Record(0.2);

        var text = PrometheusText.Parse((await app.GetAsync("/metrics")).Body, openMetrics: false);
        var open = PrometheusText.Parse((await app.GetAsync("/metrics", OpenMetricsAccept)).Body, openMetrics: true);

        Assert.Equal("counter", text.Types["hotshelf_cache_requests_total"]);
        Assert.Equal("counter", open.Types["hotshelf_cache_requests"]);
        Assert.Equal("Reads.", text.Help["hotshelf_cache_requests_total"]);
        Assert.All([text, open], scrape =>
        {
            Assert.Equal(3, scrape.One("hotshelf_cache_requests_total", ("hotshelf_cache_family", "price")).Value);
            Assert.Equal(-7, scrape.One("hotshelf_l1_size_bytes").Value);
            Assert.Equal(0.75, scrape.One("hotshelf_cache_hit_ratio").Value);
            Assert.Equal(1, scrape.One("hotshelf_lag_seconds_count").Value);
        });
    }

    /// <summary>As a process has a cache and a keyed one; the alerts tell them apart by this label.</summary>
    [Fact]
    public async Task Scrape_MetersOfOneName_AreToldApartByTheTagsOfTheMeter()
    {
        using var one = new Meter("HotShelf.Tagged");
        using var other = new Meter(new MeterOptions("HotShelf.Tagged") { Tags = [new("hotshelf.cache.name", "sessions")] });
        await using var app = await TestApp.StartAsync();
        one.CreateGauge<int>("hotshelf.cache.l2.state").Record(1);
        other.CreateGauge<int>("hotshelf.cache.l2.state").Record(2);

        var text = PrometheusText.Parse((await app.GetAsync("/metrics")).Body, openMetrics: false);

        Assert.Equal(2, text.One("hotshelf_cache_l2_state", ("otel_scope_hotshelf_cache_name", "sessions")).Value);
    }

    [Fact]
    public async Task Scrape_RecordedTrace_BecomesTheBucketsExemplarInOpenMetrics()
    {
        using var meter = new Meter("HotShelf.Exemplars");
        await using var app = await TestApp.StartAsync();
        var histogram = meter.CreateHistogram("hotshelf.read.duration", "s", "Reads.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        using var activity = new Activity("read") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        histogram.Record(0.4);
        activity.Stop();

        var open = PrometheusText.Parse((await app.GetAsync("/metrics", OpenMetricsAccept)).Body, openMetrics: true);

        var exemplar = open.One("hotshelf_read_duration_seconds_bucket", ("le", "1.0")).Exemplar!;
        Assert.Contains($"trace_id=\"{activity.TraceId}\"", exemplar, StringComparison.Ordinal);
        Assert.Null(open.One("hotshelf_read_duration_seconds_bucket", ("le", "0.1")).Exemplar);
    }

    [Fact]
    public async Task Scrape_RequestsAndProbes_CountRequestsByRouteAndLeaveProbesOut()
    {
        await using var app = await TestApp.StartAsync(map: web => web.MapGet("/things/{id}", (int id) => id));
        for (var i = 0; i < 50; i++)
            _ = await app.GetAsync($"/things/{i}");
        _ = await app.GetAsync("/health");
        _ = await app.GetAsync("/alive");
        _ = await app.GetAsync("/metrics");

        var text = PrometheusText.Parse((await app.GetAsync("/metrics", "text/plain")).Body, openMetrics: false);

        var counts = text.Samples.Where(sample => sample.Name == "http_server_request_duration_seconds_count").ToArray();
        Assert.Equal(50, Assert.Single(counts).Value);
        Assert.Equal("/things/{id}", counts[0].Labels["http_route"]);
        Assert.Contains("dotnet_gc_collections_total", text.Types.Keys);
        Assert.Equal("Tests", text.One("target_info").Labels["service_name"]);
    }

    [Fact]
    public async Task Scrape_RequestDuration_HasBucketsBelowAMillisecond()
    {
        await using var app = await TestApp.StartAsync(map: web => web.MapGet("/things/{id}", (int id) => id));
        _ = await app.GetAsync("/things/1");

        var text = PrometheusText.Parse((await app.GetAsync("/metrics")).Body, openMetrics: false);

        var bounds = text.Samples.Where(sample => sample.Name == "http_server_request_duration_seconds_bucket").Select(bucket => bucket.Labels["le"]).ToArray();
        Assert.Equal(["0.0001", "0.00025", "0.0005", "0.001"], bounds[..4]);
        // The rules' tests rely on these.
        Assert.Contains("0.5", bounds);
        Assert.Contains("1", bounds);
    }

    [PromtoolFact]
    public async Task Scrape_Promtool_AcceptsIt()
    {
        await using var app = await TestApp.StartAsync(map: web => web.MapGet("/things/{id}", (int id) => id));
        _ = await app.GetAsync("/things/1");
        var (_, body) = await app.GetAsync("/metrics");

        // Named by the framework, which no name of ours may imitate: promtool's lint dislikes a unit in the middle of a name.
        Assert.DoesNotContain("error while linting", await Promtool.CheckMetricsAsync(body), StringComparison.Ordinal);
    }
}
