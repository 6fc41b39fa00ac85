using System.Net;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>Warming on request, from the API's side; that a worker then does it is tested with the worker.</summary>
[Collection(FleetCollection.Name)]
public class WarmingTests(Fleet fleet)
{
    [ServersFact]
    public async Task Warm_OnRequest_IsAcceptedFollowedOnTheOtherReplicaAndCalledOff()
    {
        using var accepted = await fleet.A.Client.SendAsync("POST", "/cache/warm", """{"families":["product"],"top":100}""", Keys.Admin, null);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var location = accepted.Headers.Location!.ToString();
        using var found = await fleet.B.Client.SendAsync("GET", location, null, Keys.Admin, null);
        Assert.Equal("queued", (await found.JsonAsync())["state"]!.GetValue<string>());
        using var listed = await fleet.B.Client.SendAsync("GET", "/cache/warm", null, Keys.Admin, null);
        Assert.NotEmpty((await listed.JsonAsync())["warmings"]!.AsArray());
        using var cancelled = await fleet.A.Client.SendAsync("DELETE", location, null, Keys.Admin, null);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        using var again = await fleet.A.Client.SendAsync("DELETE", location, null, Keys.Admin, null);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [ServersFact]
    public async Task Warm_WrongOrWithoutTheScope_IsRefused()
    {
        using var wrong = await fleet.A.Client.SendAsync("POST", "/cache/warm", """{"top":0,"families":["nothing"]}""", Keys.Admin, null);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.NotNull((await wrong.JsonAsync())["errors"]!["top"]);
        using var forbidden = await fleet.A.Client.SendAsync("POST", "/cache/warm", "{}", Keys.Write, null);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }
}
