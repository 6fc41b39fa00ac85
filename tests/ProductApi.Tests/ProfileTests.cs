using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

/// <summary>Writes of a profile, and the conditions they are made under.</summary>
[Collection(FleetCollection.Name)]
public class ProfileTests(Fleet fleet)
{
    private const string Profile = "/users/me/profile";

    [ServersFact]
    public async Task Put_IfNoneMatchStar_OneOfManyCreatesIt()
    {
        var token = await fleet.A.Client.OpenSessionAsync("new-user-1");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? fleet.A : fleet.B).Client.SendAsync("PUT", Profile, Named($"Tab {i}"), token: token, headers: ("If-None-Match", "*"))));
        Assert.Equal([200, 412, 412, 412, 412, 412, 412, 412], answers.Select(answer => (int)answer.StatusCode).Order());
        var created = answers.Single(answer => answer.IsSuccessStatusCode);
        using var read = await fleet.A.Client.SendAsync("GET", Profile, token: token);
        Assert.Equal(created.Header("ETag"), read.Header("ETag"));
    }

    [ServersTheory]
    [InlineData("*", "new-user-2")]
    [InlineData("\"a7\"", "new-user-3")]
    public async Task Put_IfMatchWithoutAProfile_412AndNothingIsCreated(string ifMatch, string user)
    {
        var token = await fleet.A.Client.OpenSessionAsync(user);
        using var refused = await fleet.A.Client.SendAsync("PUT", Profile, Named("A"), token: token, headers: ("If-Match", ifMatch));
        Assert.Equal(412, (int)refused.StatusCode);
        using var read = await fleet.A.Client.SendAsync("GET", Profile, token: token);
        Assert.Equal(404, (int)read.StatusCode);
    }

    [ServersTheory]
    [InlineData("😀@", 400)]
    [InlineData("a@", 400)]
    [InlineData("@a.", 400)]
    [InlineData("😀@a", 200)]
    [InlineData("a@😀", 200)]
    public async Task Put_ShortEmail_IsCountedAsTheDatabaseCounts(string email, int status)
    {
        var token = await fleet.A.Client.OpenSessionAsync("new-user-4");
        using var answer = await fleet.A.Client.SendAsync("PUT", Profile, $$"""{"displayName":"A","email":"{{email}}","locale":"en"}""", token: token);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [ServersFact]
    public async Task Put_Refused_LeavesTheCachedProfile()
    {
        var token = await fleet.A.Client.OpenSessionAsync("u0502");
        (await fleet.A.Client.SendAsync("GET", Profile, token: token)).Dispose();
        using var refused = await fleet.A.Client.SendAsync("PUT", Profile, Named("A"), token: token, headers: ("If-Match", "\"a1\""));
        Assert.Equal(412, (int)refused.StatusCode);
        using var read = await fleet.A.Client.SendAsync("GET", Profile, token: token);
        Assert.Contains("; hit;", read.CacheStatus(), StringComparison.Ordinal);
    }

    [ServersTheory]
    [InlineData("*", 412)]
    [InlineData("\"a7\"", 400)]
    [InlineData("nonsense", 400)]
    public async Task PutProduct_IfNoneMatch_IsRefused(string header, int status)
    {
        var path = $"/products/{Fleet.NextProduct()}";
        using var before = await fleet.A.Client.GetAsync(path);
        using var answer = await fleet.A.Client.SendAsync("PUT", path, await before.Content.ReadAsStringAsync(), Keys.Write, headers: ("If-None-Match", header));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static string Named(string name) => $$"""{"displayName":"{{name}}","email":"a@example.org","locale":"en"}""";
}
