using System.Text.RegularExpressions;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public partial class ApiReferenceTests(Fleet fleet)
{
    [ServersFact]
    public async Task Root_InDevelopment_LeadsToThePageAndItsScriptsAreServedHere()
    {
        using var root = await fleet.A.Client.GetAsync("/");
        Assert.Equal((302, "/scalar"), ((int)root.StatusCode, root.Header("Location")));
        using var redirect = await fleet.A.Client.GetAsync("/scalar");
        using var page = await fleet.A.Client.GetAsync("/scalar/");
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains("default-src 'self'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", html);
        var scripts = Script().Matches(html).Select(match => new Uri(new Uri(fleet.A.Address, "/scalar/"), match.Groups[1].Value)).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            using var answer = await fleet.A.Client.GetAsync(script);
            Assert.Equal(200, (int)answer.StatusCode);
        }
    }

    [ServersFact]
    public async Task Root_InProduction_404()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(("environment", "Production"), ("ServiceDefaults:DrainDelay", "00:00:00"));
        using var root = await replica.Client.SendAsync("GET", "/", headers: [("X-Forwarded-Proto", "https")]);
        using var page = await replica.Client.SendAsync("GET", "/scalar/", headers: [("X-Forwarded-Proto", "https")]);
        Assert.Equal([404, 404], new[] { root, page }.Select(answer => (int)answer.StatusCode));
    }

    [GeneratedRegex("<script[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Script();
}
