using System.Net;
using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.ProductApi.Tests;

/// <summary>What callers get who make a mistake, or who only ask what there is.</summary>
[Collection(FleetCollection.Name)]
public class EdgeTests(Fleet fleet)
{
    [ServersFact]
    public async Task Key_MissingAndWrong_401WithTextsThatTellThemApart()
    {
        using var missing = await fleet.A.Client.SendAsync("GET", "/cache/stats");
        using var wrong = await fleet.A.Client.SendAsync("GET", "/cache/stats", key: "wrong-key-for-tests-only");
        Assert.Equal([401, 401], new[] { missing, wrong }.Select(answer => (int)answer.StatusCode));
        Assert.Equal("Send an API key in the header X-Api-Key.", (await missing.JsonAsync())["detail"]!.GetValue<string>());
        Assert.Equal("The API key in the header X-Api-Key is not accepted.", (await wrong.JsonAsync())["detail"]!.GetValue<string>());
    }

    [ServersFact]
    public async Task Session_MissingAndWrong_401WithTextsThatTellThemApart()
    {
        using var missing = await fleet.A.Client.SendAsync("GET", "/sessions/current");
        using var wrong = await fleet.A.Client.SendAsync("GET", "/sessions/current", token: "made-up");
        Assert.NotEqual((await missing.JsonAsync())["detail"]!.GetValue<string>(), (await wrong.JsonAsync())["detail"]!.GetValue<string>());
    }

    [ServersTheory]
    [InlineData("0.001")]
    [InlineData("1e-30")]
    [InlineData("1e-28")]
    [InlineData("5.00000000000000000000000000000001")]
    public async Task Price_MoreThanTwoDecimals_400HoweverItIsWritten(string amount)
    {
        using var answer = await fleet.A.Client.SendAsync("PUT", "/products/41/price", $$"""{"amount":{{amount}}}""", Keys.Write);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.NotNull((await answer.JsonAsync())["errors"]!["amount"]);
    }

    [ServersFact]
    public async Task KeysGuessed_FromOneAddress_AreSlowedAndOthersAreNot()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(("Api:RateLimits:WrongKeys:PerMinute", "3"));
        List<int> guesses = [];
        for (var i = 0; i < 8; i++)
        {
            using var guess = await replica.Client.SendAsync("GET", "/cache/stats", key: $"guessed-key-number-{i}");
            guesses.Add((int)guess.StatusCode);
            if (guesses[^1] == 429)
                Assert.InRange(int.Parse(guess.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        }

        Assert.Equal([401, 401, 401, 429, 429, 429, 429, 429], guesses);
        using var withKey = await replica.Client.SendAsync("GET", "/cache/stats", key: Keys.Admin);
        using var without = await replica.Client.SendAsync("GET", "/products/1");
        Assert.Equal([200, 200], new[] { withKey, without }.Select(answer => (int)answer.StatusCode));
    }

    [ServersFact]
    public async Task KeysGuessed_AtProbes_AreSlowedAndProbesAreNot()
    {
        await using var replica = await fleet.Servers.StartReplicaAsync(("Api:RateLimits:WrongKeys:PerMinute", "3"), ("Api:RateLimits:PerAddress:PerSecond", "1"), ("Api:RateLimits:PerAddress:Burst", "1"));
        List<int> guesses = [];
        foreach (var path in new[] { "/health", "/ready", "/alive", "/health", "/ready", "/metrics" })
        {
            using var guess = await replica.Client.SendAsync("GET", path, key: "guessed-key-for-tests");
            guesses.Add((int)guess.StatusCode);
        }

        Assert.Equal([200, 200, 200, 429, 429, 429], guesses);
        foreach (var path in new[] { "/health", "/ready", "/alive", "/metrics", "/health" })
        {
            using var probe = await replica.Client.GetAsync(path);
            Assert.Equal(200, (int)probe.StatusCode);
        }
    }

    [ServersTheory]
    [InlineData("/cache/stats")]
    [InlineData("/cache/nodes")]
    [InlineData("/cache/version")]
    [InlineData("/cache/warm")]
    [InlineData("/cache/entries/product:42")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/alive")]
    [InlineData("/products/42")]
    public async Task HeadAndOptions_WhereGetAnswers_AnswerToo(string path)
    {
        (await fleet.A.Client.GetAsync("/products/42")).Dispose();
        using var get = await fleet.A.Client.SendAsync("GET", path, key: Keys.Admin);
        using var head = await fleet.A.Client.SendAsync("HEAD", path, key: Keys.Admin);
        using var options = await fleet.A.Client.SendAsync("OPTIONS", path);
        Assert.Equal([200, 200, 204], new[] { get, head, options }.Select(answer => (int)answer.StatusCode));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Superset(new HashSet<string> { "GET", "HEAD", "OPTIONS" }, options.Content.Headers.Allow.ToHashSet());
    }

    [ServersTheory]
    [InlineData("entries", 1024, 204)]
    [InlineData("entries", 1025, 400)]
    [InlineData("tags", 200, 200)]
    [InlineData("tags", 201, 400)]
    public async Task Names_AsLongAsTheCacheTakesThem_CanBeInvalidated(string kind, int length, int expected)
    {
        var name = "list:".PadRight(length, 'x');
        using var answer = await (kind == "entries"
            ? fleet.A.Client.SendAsync("DELETE", $"/cache/entries/{name}", key: Keys.Admin)
            : fleet.A.Client.SendAsync("POST", $"/cache/tags/{name}/invalidate", key: Keys.Admin));
        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [ServersTheory]
    [InlineData("DELETE", "/cache/entries/edge:a%252Fb", "edge:a%2Fb", "edge:a/b")]
    [InlineData("DELETE", "/cache/entries/edge:a%2Fb", "edge:a/b", "edge:a%2Fb")]
    [InlineData("DELETE", "/cache/entries/edge:a/b", "edge:a/b", "edge:a%2Fb")]
    [InlineData("DELETE", "/cache/entries/edge%3A%C3%BC%25%2F..%252f/?query", "edge:ü%/..%2f/", "edge:ü%/..//")]
    [InlineData("POST", "/cache/tags/edge:a%252fb/invalidate", "edge:a%2fb", "edge:a/b")]
    [InlineData("POST", "/cache/tags/edge:a%2fb/invalidate/", "edge:a/b", "edge:a%2fb")]
    public async Task Names_WithASlashOrItsEscape_AreReadAsTheyWereSent(string method, string path, string name, string other)
    {
        var cache = fleet.A.Services.GetRequiredService<HybridCache>();
        await cache.SetAsync(name, 1, tags: [name]);
        await cache.SetAsync(other, 2, tags: [other]);
        if (method == "DELETE")
        {
            using var found = await fleet.A.Client.SendAsync("GET", path, key: Keys.Admin);
            Assert.Equal(name, (await found.JsonAsync())["key"]!.GetValue<string>());
        }

        using var removed = await fleet.A.Client.SendAsync(method, path, key: Keys.Admin);
        Assert.True(removed.IsSuccessStatusCode);
        Assert.Equal((3, 2), (await ReadAsync(name), await ReadAsync(other)));

        ValueTask<int> ReadAsync(string key) => cache.GetOrCreateAsync(key, static _ => ValueTask.FromResult(3));
    }

    [ServersTheory]
    [InlineData("/cache/entries/a/../edge:b")]
    [InlineData("/cache/./entries/edge:b")]
    public async Task Names_InAPathWithDotSegments_AreNotGuessed(string path)
    {
        var raw = new Uri(fleet.A.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Delete, raw) { Headers = { { "X-Api-Key", Keys.Admin } } };
        using var answer = await fleet.A.Client.SendAsync(request);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("dot segments", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Names_InATargetOfAbsoluteForm_AreRead()
    {
        var cache = fleet.A.Services.GetRequiredService<HybridCache>();
        await cache.SetAsync("edge:absolute", 1);
        // A client sends this form to what it takes for a proxy (RFC 9112 section 3.2.2).
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(fleet.A.Address) });
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(fleet.A.Address, "/cache/entries/edge:absolute")) { Headers = { { "X-Api-Key", Keys.Admin } } };
        using var answer = await client.SendAsync(request);
        Assert.Equal(204, (int)answer.StatusCode);
        Assert.Equal(2, await cache.GetOrCreateAsync("edge:absolute", static _ => ValueTask.FromResult(2)));
    }

    [ServersFact]
    public async Task Headers_TooLarge_431WithoutABodyAsDocumented()
    {
        using var answer = await fleet.A.Client.SendAsync("GET", "/products/1", headers: ("X-Large", new string('x', 20_000)));
        Assert.Equal(431, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [ServersFact]
    public async Task Options_Nowhere_404()
    {
        using var answer = await fleet.A.Client.SendAsync("OPTIONS", "/nothing");
        Assert.Equal(404, (int)answer.StatusCode);
    }
}
