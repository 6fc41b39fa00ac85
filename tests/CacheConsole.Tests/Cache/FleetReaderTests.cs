using System.Collections.Concurrent;
using HotShelf.CacheConsole.Data;
using HotShelf.Caching.Fleet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace HotShelf.CacheConsole.Tests.Cache;

public sealed class FleetReaderTests
{
    private static readonly DateTimeOffset s_start = Minutes.Start;

    [Fact]
    public void Continue_NodesHaveCountsOfTheirOwn_AddsThemToWhatRedisKnew()
    {
        var minute = s_start.ToUnixTimeSeconds() / 60;
        Assert.True(CacheNodeReport.TryParse(Report("a", minute + 1, 10), out var a));
        Assert.True(CacheNodeReport.TryParse(Report("b", minute + 1, 5), out var b));
        var known = new[] { Minutes.Of(0, Minutes.Family("product", l1: 7)), Minutes.Of(1, Minutes.Family("product", l1: 1)) };
        var history = FleetReader.Continue(known, [a, b], TimeSpan.FromMinutes(5), s_start.AddSeconds(130));
        Assert.Equal(5, history.Count);
        Assert.Equal([s_start.AddMinutes(-2), s_start.AddMinutes(2)], [history[0].Start, history[^1].Start]);
        Assert.Equal([7L, 16], history.SelectMany(one => one.Families).Select(family => family.LocalHits));
        Assert.Equal(("a", "http://a.test/"), (a.Node.Id, a.Node.Address!.ToString()));
    }

    [Fact]
    public async Task History_RedisHasLostItsData_KeepsWhatWasReadAndLeavesAGapForTheRest()
    {
        var now = TimeProvider.System.GetUtcNow();
        FleetMinute Minute(int ago, long reads) => Minutes.Of(0, reads == 0 ? [] : [Minutes.Family("product", l1: reads)]) with { Start = new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerMinute, TimeSpan.Zero).AddMinutes(-ago) };
        var fleet = new FakeFleet { History = [Minute(3, 10), Minute(2, 20), Minute(1, 0), Minute(0, 0)] };
        using var client = new NodeClient(new ConfigurationBuilder().Build(), TimeProvider.System);
        var reader = new FleetReader(fleet, client, TimeProvider.System);
        await reader.HistoryAsync(HistorySpan.Hour, CancellationToken.None);
        fleet.History = [Minute(3, 0), Minute(2, 5), Minute(1, 0), Minute(0, 7)];
        var history = await reader.HistoryAsync(HistorySpan.All[0], CancellationToken.None);
        Assert.Equal([10, 20, 0, 7], history.Select(static minute => minute.Families.Sum(static family => family.LocalHits)));
    }

    [Fact]
    public async Task Reports_TwoNodesBehindOneAddress_BothAreFoundAndAskedAtTheirOwn()
    {
        await using var server = WebApplication.CreateSlimBuilder().Build();
        var connections = new ConcurrentDictionary<string, int>();
        var address = "";
        // A proxy: the first connection leads to a, the next to b.
        server.MapGet("/cache/node", (HttpContext http) => Report(connections.GetOrAdd(http.Connection.Id, _ => connections.Count) == 0 ? "a" : "b", 1, 1, address));
        server.MapGet("/{id}/cache/node", (string id) => Report(id, 1, 1, address));
        server.Urls.Add("http://127.0.0.1:0");
        await server.StartAsync();
        address = server.Urls.Single();
        using var client = new NodeClient(new ConfigurationBuilder().AddInMemoryCollection([new("Services:productapi:http:0", address)]).Build(), TimeProvider.System);
        Assert.True(client.HasServices);
        Assert.Equal(["a"], (await client.ReportsAsync(CancellationToken.None)).Select(static report => report.Node.Id));
        Assert.Equal(["a", "b"], (await client.ReportsAsync(CancellationToken.None)).Select(static report => report.Node.Id).Order());
        Assert.Equal(["a", "b"], client.Known.Select(static node => node.Id));
    }

    private static string Report(string id, long minute, long hits, string? server = null) => $$"""
        {"node":{"id":"{{id}}","application":"productapi","machine":"m","processId":1,"address":"{{(server is null ? $"http://{id}.test" : $"{server}/{id}/")}}","assemblyVersion":"1","cacheVersion":"v1","startedAt":"2026-03-04T09:00:00Z",
        "seenAt":"2026-03-04T10:00:00Z","remoteState":"open","coherence":"lost"},"counts":[{"minute":{{minute}},"family":"product","values":{"0":{{hits}} } } ] }
        """;
}
