using System.Text.Json;
using HotShelf.CacheConsole.Data;
using HotShelf.CacheConsole.Mcp;
using HotShelf.Caching.Fleet;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class CacheToolsTests
{
    [Fact]
    public async Task Consistency_AFullRedis_IsAFindingAsOnTheOverview()
    {
        var fleet = new FakeFleet
        {
            Nodes = [Minutes.Node()],
            Servers = [new RedisServerFigures { EndPoint = "redis:6379", RoundTrip = TimeSpan.Zero, UsedMemory = 97, MaximumMemory = 100, EvictionPolicy = "allkeys-lru" }],
        };
        using var client = new NodeClient(new ConfigurationBuilder().Build(), TimeProvider.System);
        var data = FakeFleet.Data(fleet);
        data.Servers.Start();
        await data.Servers.FirstAsync(TimeSpan.FromSeconds(30));
        var tools = new CacheTools(fleet, data.Reader, data, new EventFeed(fleet, TimeProvider.System, NullLogger<EventFeed>.Instance), client, TimeProvider.System);
        Assert.Contains("Redis redis:6379 is full", JsonSerializer.Serialize(await tools.ConsistencyAsync()), StringComparison.Ordinal);
    }
}
