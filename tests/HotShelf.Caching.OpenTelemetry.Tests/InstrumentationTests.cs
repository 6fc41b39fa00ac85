using System.Diagnostics;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HotShelf.Caching.Telemetry.Tests;

/// <summary>OpenTelemetry's SDK collects what the cache measures, in a program without a host.</summary>
public sealed class InstrumentationTests
{
    [Fact]
    public async Task AddInstrumentation_MetersAndSpans_AreExportedWithTheVersionOfThePackage()
    {
        var metrics = new List<MetricSnapshot>();
        var spans = new List<Activity>();
        using var meters = Sdk.CreateMeterProviderBuilder().AddHotShelfCachingInstrumentation().AddInMemoryExporter(metrics).Build();
        using var tracers = Sdk.CreateTracerProviderBuilder().AddHotShelfCachingInstrumentation().AddInMemoryExporter(spans).Build();
        await using var services = new ServiceCollection().AddLogging().AddHotShelfCaching().BuildServiceProvider();
        var cache = services.GetRequiredService<HybridCache>();
        await cache.GetOrCreateAsync("price:1", _ => ValueTask.FromResult(10m));
        await Assert.ThrowsAsync<FormatException>(async () => await cache.GetOrCreateAsync<decimal>("price:2", _ => throw new FormatException()));
        await Assert.ThrowsAsync<FormatException>(async () => await cache.GetOrCreateManyAsync<int, int, decimal>([3, 4], id => $"price:{id}", 0, (_, _, _) => throw new FormatException()));
        meters.ForceFlush();
        tracers.ForceFlush();

        var requests = metrics.Last(metric => metric.Name == "hotshelf.cache.requests");
        Assert.Equal((CacheDiagnostics.MeterName, typeof(CacheDiagnostics).Assembly.GetName().Version!.ToString(3)), (requests.MeterName, requests.MeterVersion));
        var misses = requests.MetricPoints.Single(point => Attribute(point, "hotshelf.cache.family") == "price" && Attribute(point, "hotshelf.cache.result") == "miss");
        Assert.Equal(1, misses.GetSumLong());
        var failure = Assert.Single(metrics.Last(metric => metric.Name == "hotshelf.cache.fill.errors").MetricPoints);
        Assert.Equal(typeof(FormatException).FullName, Attribute(failure, "error.type"));

        Assert.Equal("price", spans.First(span => span.OperationName == "cache.fill").GetTagItem("hotshelf.cache.family"));
        var failed = spans.First(span => span.OperationName == "cache.get" && span.Status == ActivityStatusCode.Error);
        Assert.Equal(typeof(FormatException).FullName, failed.GetTagItem("error.type"));
        Assert.Equal(requests.MeterVersion, failed.Source.Version);
        var batch = spans.Single(span => span.OperationName == "cache.fill" && span.GetTagItem("hotshelf.cache.keys") is 2);
        Assert.Equal((ActivityStatusCode.Error, typeof(FormatException).FullName), (batch.Status, batch.GetTagItem("error.type")));
    }

    private static string? Attribute(MetricPoint point, string name)
    {
        foreach (var (key, value) in point.Tags)
        {
            if (key == name)
                return value as string;
        }

        return null;
    }
}
