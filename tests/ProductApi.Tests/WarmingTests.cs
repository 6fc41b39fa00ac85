using System.Net;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>Warming on request, from the API's side; that a worker then does it is tested with the worker.</summary>
[Collection(FleetCollection.Name)]
public class WarmingTests(Fleet fleet)
{
    [ServersFact]
    public async Task Warm_OnRequest_IsAcceptedAndListedOnTheOtherReplica()
    {
        using var accepted = await fleet.A.Client.SendAsync("POST", "/cache/warm", null, Keys.Admin, null);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using var listed = await fleet.B.Client.SendAsync("GET", accepted.Headers.Location!.ToString(), null, Keys.Admin, null);
        Assert.Contains((await listed.JsonAsync())["warmings"]!.AsArray(), warming => warming!["state"]!.GetValue<string>() == "requested" && warming["actor"]!.GetValue<string>() == "api");
    }

    [ServersFact]
    public async Task Warm_WithoutTheScope_IsRefused()
    {
        using var forbidden = await fleet.A.Client.SendAsync("POST", "/cache/warm", null, Keys.Write, null);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }
}
