using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("TraceSampleRatio", "1.5", "0 to 1")]
    [InlineData("HealthCacheDuration", "-00:00:01", "00:00:00 to 00:01:00")]
    [InlineData("HealthCheckTimeout", "00:00:00", "00:01:00")]
    [InlineData("RequestLogQuietHits", "00:02:00", "00:00:00 to 00:01:00")]
    [InlineData("DrainDelay", "00:05:00", "00:00:30")]
    public void Setting_OutOfRange_StopsTheStartNamingKeyValueAndRange(string key, string value, string allowed)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => TestApp.Create(out _, settings: ($"ServiceDefaults:{key}", value)));
        Assert.Contains($"ServiceDefaults:{key} is '{value}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meters_AddedByARoom_AreScraped()
    {
        using var meter = new System.Diagnostics.Metrics.Meter("Other.Room");
        await using var app = await TestApp.StartAsync(defaults: options => options.Meters.Add("Other.Room"));
        meter.CreateCounter<long>("other.things").Add(1);
        Assert.Contains("other_things_total{", (await app.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }
}
