using System.Net;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>What one replica tells of all of them.</summary>
[Collection(FleetCollection.Name)]
public class FleetEndpointsTests(Fleet fleet)
{
    [ServersFact]
    public async Task Nodes_TwoReplicas_BothAreListedByEither()
    {
        await Until.TrueAsync(
            async () =>
            {
                using var response = await fleet.B.Client.SendAsync("GET", "/cache/nodes", key: Keys.Admin);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Equal("no-store", response.Header("Cache-Control"));
                var nodes = (await response.JsonAsync())["nodes"]!.AsArray();
                return nodes.Count(node => node!["coherence"]!.GetValue<string>() == "tracking" && node["processId"]!.GetValue<int>() == Environment.ProcessId) >= 2;
            }, "both replicas are in the registry");
    }

    [ServersFact]
    public async Task BumpVersion_OnOneReplica_HidesEverythingOnTheOther()
    {
        await using var servers = await ApiServers.StartAsync();
        await using var a = await servers.StartReplicaAsync();
        await using var b = await servers.StartReplicaAsync();
        foreach (var replica in (ApiHost[])[a, b])
            (await replica.Client.GetAsync("/products/7")).Dispose();
        using (var hit = await b.Client.GetAsync("/products/7"))
            Assert.Contains("hit", hit.Header("Cache-Status"), StringComparison.Ordinal);
        using var before = await a.Client.SendAsync("GET", "/cache/version", key: Keys.Admin);
        // Nothing was hidden yet.
        Assert.Null((await before.JsonAsync())["since"]);

        using var bumped = await a.Client.SendAsync("POST", "/cache/version/bump", key: Keys.Admin);
        Assert.Equal(HttpStatusCode.OK, bumped.StatusCode);
        var answer = await bumped.JsonAsync();
        Assert.Equal("v1", answer["version"]!.GetValue<string>());
        Assert.NotNull(answer["since"]);
        using (var own = await a.Client.GetAsync("/products/7"))
            Assert.Contains("fwd=miss", own.Header("Cache-Status"), StringComparison.Ordinal);
        // Hidden until then: the entry that the first replica has just filled is another one.
        await Until.TrueAsync(
            async () =>
            {
                using var other = await b.Client.SendAsync("GET", "/cache/entries/product:7", key: Keys.Admin);
                return !(await other.JsonAsync())["hidden"]!.GetValue<bool>();
            }, "the other replica sees the new entry");
    }

    [ServersFact]
    public async Task BumpVersion_WithoutTheScope_IsRefused()
    {
        using var forbidden = await fleet.A.Client.SendAsync("POST", "/cache/version/bump", key: Keys.Write);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        using var stranger = await fleet.A.Client.SendAsync("GET", "/cache/nodes");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }
}
