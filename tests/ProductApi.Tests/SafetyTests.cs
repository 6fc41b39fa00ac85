using HotShelf.ProductApi.Security;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.ProductApi.Tests;

[Collection(FleetCollection.Name)]
public class SafetyTests(Fleet fleet)
{
    [ServersFact]
    public async Task EveryAnswer_Anywhere_HasTheSecurityHeadersAndNoCors()
    {
        foreach (var (method, path, expected) in new[] { ("GET", "/products/1", 200), ("GET", "/products/0", 400), ("GET", "/nothing", 404), ("PATCH", "/products/1", 405), ("GET", "/cache/stats", 401), ("GET", "/openapi/v1.json", 200) })
        {
            using var response = await fleet.A.Client.SendAsync(method, path, headers: ("Origin", "https://evil.example"));
            Assert.Equal(expected, (int)response.StatusCode);
            Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
            Assert.Equal("DENY", response.Header("X-Frame-Options"));
            Assert.Equal("no-referrer", response.Header("Referrer-Policy"));
            Assert.Equal("default-src 'none'; frame-ancestors 'none'", response.Header("Content-Security-Policy"));
            Assert.Null(response.Header("Access-Control-Allow-Origin"));
            Assert.Null(response.Header("Server"));
        }
    }

    [ServersFact]
    public async Task RateLimit_Exceeded_429WithRetryAfterAndAMadeUpKeyBringsNoFreshAllowance()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(
            ("Api:RateLimits:PerAddress:PerSecond", "1"), ("Api:RateLimits:PerAddress:Burst", "5"), ("Api:RateLimits:PerKey:PerSecond", "1"), ("Api:RateLimits:PerKey:Burst", "5"));
        var refused = 0;
        // Slow requests are let through beyond the burst, one a second, and a fresh allowance for each key would let all of them through.
        for (var i = 0; refused < 5 && i < 200; i++)
        {
            using var response = await replica.Client.SendAsync("GET", "/products/1", key: $"made-up-key-number-{i}");
            if ((int)response.StatusCode != 429)
                continue;
            refused++;
            Assert.True(i >= 5, $"Request {i} is refused: it is within the burst");
            Assert.InRange(int.Parse(response.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
            Assert.Equal("urn:hotshelf:problem:too-many-requests", (await response.JsonAsync())["type"]!.GetValue<string>());
        }

        Assert.Equal(5, refused);
        using var withKey = await replica.Client.SendAsync("GET", "/products/1", key: Keys.Write);
        using var probe = await replica.Client.GetAsync("/ready");
        Assert.Equal(200, (int)withKey.StatusCode);
        Assert.Equal(200, (int)probe.StatusCode);
    }

    [ServersFact]
    public async Task Production_PlainHttp_IsServedAndForwardedHttpsIsTheCallersScheme()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(("environment", "Production"), ("https_port", "443"), ("ServiceDefaults:DrainDelay", "00:00:00"));
        using var plain = await replica.Client.SendAsync("GET", "/products/1", headers: [("Host", "api.example")]);
        // Loopback is a known proxy.
        using var forwarded = await replica.Client.SendAsync("GET", "/products/1", headers: [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7"), ("Host", "api.example")]);
        Assert.Equal(200, (int)plain.StatusCode);
        Assert.Null(plain.Header("Strict-Transport-Security"));
        Assert.Equal(200, (int)forwarded.StatusCode);
        Assert.StartsWith("max-age=31536000", forwarded.Header("Strict-Transport-Security"), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task RateLimit_BehindTwoProxies_IsThatOfTheFirstAddressThatIsNoKnownProxy()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(("Api:KnownProxies:0", "10.0.0.0/8"), ("Api:RateLimits:WrongKeys:PerMinute", "1"));
        List<int> answers = [];
        foreach (var forwarded in new[]
        {
            "203.0.113.1, 10.1.1.1", "203.0.113.2, 10.1.1.1", "203.0.113.1, 10.1.1.1",
            // What a caller forges, before what its proxy says of it.
            "198.51.100.1, 203.0.113.3, 10.1.1.1", "198.51.100.2, 203.0.113.3, 10.1.1.1",
        })
        {
            using var answer = await replica.Client.SendAsync("GET", "/cache/stats", key: "guessed-key-for-tests", headers: ("X-Forwarded-For", forwarded));
            answers.Add((int)answer.StatusCode);
        }

        Assert.Equal([401, 401, 429, 401, 429], answers);
    }

    [Fact]
    public void Keys_Rotated_BothAcceptedThenTheOldOneIsNot()
    {
        var configuration = new ConfigurationManager { ["Api:Keys:write:0"] = "old-key-0123456789", ["Api:Keys:write:1"] = "new-key-0123456789" };
        using var services = Ring(configuration);
        var ring = services.GetRequiredService<ApiKeyRing>();
        Assert.NotNull(ring.Find("old-key-0123456789"));
        Assert.NotNull(ring.Find("new-key-0123456789"));

        configuration["Api:Keys:write:0"] = "newer-key-0123456789";
        ((IConfigurationRoot)configuration).Reload();
        Assert.Null(ring.Find("old-key-0123456789"));
        Assert.NotNull(ring.Find("newer-key-0123456789"));

        // A bad edit changes nothing.
        configuration["Api:Keys:write:0"] = "short";
        ((IConfigurationRoot)configuration).Reload();
        Assert.NotNull(ring.Find("newer-key-0123456789"));
        Assert.Null(ring.Find("short"));
    }

    [Theory]
    [InlineData("write", new[] { "write" })]
    [InlineData("sessions", new[] { "sessions" })]
    [InlineData("admin", new[] { "write", "sessions", "admin" })]
    public void Keys_ByScope_GrantThatScopeAndAdminAll(string scope, string[] granted)
    {
        using var services = Ring(new ConfigurationManager { [$"Api:Keys:{scope}"] = "some-key-0123456789" });
        var caller = services.GetRequiredService<ApiKeyRing>().Find("some-key-0123456789");
        Assert.Equal(granted, caller!.FindAll("scope").Select(claim => claim.Value));
    }

    private static ServiceProvider Ring(ConfigurationManager configuration)
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateEmptyBuilder(new());
        ((IConfigurationBuilder)builder.Configuration).AddConfiguration(configuration);
        builder.AddApiSecurity();
        builder.Services.AddLogging();
        return builder.Services.BuildServiceProvider();
    }
}
