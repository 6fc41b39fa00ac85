using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet.Tests;

public sealed class FleetRegistrationTests
{
    [Fact]
    public async Task AddHotShelfFleet_MemoryOnly_RunsAndIsUnavailable()
    {
        using var host = Build(("Caching:MemoryOnly", "true"), ("Fleet:Interval", "00:00:00.1"));
        await host.StartAsync();
        Assert.Equal(TimeSpan.FromMilliseconds(100), host.Services.GetRequiredService<IOptions<FleetOptions>>().Value.Interval);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.Services.GetRequiredService<ICacheFleet>().GetNodesAsync());
        await host.StopAsync();
    }

    [Theory]
    [InlineData("Fleet:Interval", "00:02:00", "100 ms to 1 minute")]
    [InlineData("Fleet:Interval", "soon", "hh:mm:ss")]
    [InlineData("Fleet:Retention", "00:00:01", "1 hour to 7 days")]
    [InlineData("Fleet:Events", "7", "100 to 100000")]
    [InlineData("Fleet:EventsPerSecond", "5000", "0 to 1000")]
    [InlineData("Fleet:PopularityInterval", "02:00:00", "100 ms to 1 hour")]
    [InlineData("Fleet:PopularityKeys", "0", "1 to 100000")]
    [InlineData("Fleet:PopularityLimit", "-1", "a whole number")]
    [InlineData("Fleet:Address", "10.0.0.7", "an address such as")]
    [InlineData("Fleet:Evnts", "700", "EventsPerSecond")]
    public async Task Start_WithABadSetting_NamesKeyValueAndWhatIsAllowed(string key, string value, string allowed)
    {
        using var host = Build(("Caching:MemoryOnly", "true"), (key, value));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("urls", "http://localhost:5081", "http://localhost:5081/")]
    [InlineData("urls", "https://localhost:7081;http://127.0.0.1:5081/", "http://127.0.0.1:5081/")]
    [InlineData("urls", "http://127.0.0.1:0", null)]
    [InlineData("urls", "http://localhost", null)]
    [InlineData("other", "", null)]
    [InlineData("Fleet:Address", "http://10.0.0.7:8080", "http://10.0.0.7:8080/")]
    public void Address_OfTheServersSettings_IsTheFirstOfHttp(string key, string value, string? address)
    {
        using var host = Build(("Caching:MemoryOnly", "true"), (key, value));
        Assert.Equal(address, host.Services.GetRequiredService<ICacheNodeReporter>().GetReport().Node.Address?.ToString());
    }

    [Theory]
    [InlineData("http_ports", "8080")]
    [InlineData("urls", "http://+:8080")]
    [InlineData("urls", "http://[::]:8080")]
    public void Address_ListensOnAll_IsThatOfTheMachine(string key, string value)
    {
        using var host = Build(("Caching:MemoryOnly", "true"), (key, value));
        var address = host.Services.GetRequiredService<ICacheNodeReporter>().GetReport().Node.Address!;
        Assert.Equal(8080, address.Port);
        Assert.DoesNotContain(address.Host, (string[])["*", "+", "[::]", "0.0.0.0"]);
    }

    private static IHost Build(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddHotShelfCaching("cache");
        builder.AddHotShelfFleet();
        return builder.Build();
    }
}
