using System.Net;
using HotShelf.TestServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace HotShelf.Caching.AspNetCore.Tests;

public class OutputCacheTests
{
    [Fact]
    public async Task CacheOutput_Twice_EndpointRunsOnceAndAgainAfterItsTagIsEvicted()
    {
        var runs = 0;
        await using var app = await StartAsync(app => app.MapGet("/time", () => $"run {++runs}").CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(1)).Tag("clock")));
        var client = app.GetTestClient();
        Assert.Equal("run 1", await client.GetStringAsync("/time"));
        Assert.Equal("run 1", await client.GetStringAsync("/time"));
        await app.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("clock", default);
        Assert.Equal("run 2", await client.GetStringAsync("/time"));
    }

    [Theory]
    [InlineData("clock")]
    [InlineData("*")]
    public async Task CacheOutput_TagEvictedWhileTheEndpointRuns_ItsAnswerIsNotServedAgain(string evicted)
    {
        var value = "old";
        var isRunning = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        await using var app = await StartAsync(app => app.MapGet("/value", async () =>
        {
            var read = value;
            isRunning.TrySetResult();
            await gate.Task;
            return read;
        }).CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(1)).Tag("clock")));
        var client = app.GetTestClient();
        var first = client.GetStringAsync("/value");
        await isRunning.Task;
        value = "new";
        await app.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync(evicted, default);
        gate.SetResult();
        Assert.Equal("old", await first);
        Assert.Equal("new", await client.GetStringAsync("/value"));
        value = "newer";
        Assert.Equal("new", await client.GetStringAsync("/value"));
    }

    [Fact]
    public async Task CacheOutput_Head_HasNoOtherTagThanGet()
    {
        await using var app = await StartAsync(static app => app.MapMethods("/time", ["GET", "HEAD"], () => "now").CacheOutput());
        var client = app.GetTestClient();
        using var get = await client.GetAsync("/time");
        using var request = new HttpRequestMessage(HttpMethod.Head, "/time");
        using var head = await client.SendAsync(request);
        Assert.NotNull(get.Headers.ETag);
        Assert.Null(head.Headers.ETag);
    }

    [Fact]
    public async Task CacheOutput_StoredResponse_HasATagUntilTheEndpointRunsAgain()
    {
        await using var app = await StartAsync(static app =>
        {
            app.MapGet("/time", () => "now").CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(1)).Tag("clock"));
            app.MapGet("/own", (HttpResponse response) => response.Headers.ETag = "\"v1\"").CacheOutput();
            app.MapGet("/missing", () => TypedResults.NotFound()).CacheOutput();
            app.MapGet("/uncached", () => "now");
            app.MapGet("/excepted", () => "now").CacheOutput(policy => policy.NoCache());
        });
        var client = app.GetTestClient();
        using var first = await client.GetAsync("/time");
        var tag = first.Headers.ETag!;
        Assert.True(tag.IsWeak);
        using var stored = await client.GetAsync("/time");
        Assert.Equal(tag, stored.Headers.ETag);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/time") { Headers = { IfNoneMatch = { tag } } })
        using (var unchanged = await client.SendAsync(request))
            Assert.Equal((HttpStatusCode.NotModified, tag), (unchanged.StatusCode, unchanged.Headers.ETag));

        await app.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("clock", default);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/time") { Headers = { IfNoneMatch = { tag } } })
        using (var again = await client.SendAsync(request))
        {
            Assert.Equal("now", await again.Content.ReadAsStringAsync());
            Assert.NotEqual(tag, again.Headers.ETag);
        }

        for (var i = 0; i < 2; i++)
        {
            using var own = await client.GetAsync("/own");
            Assert.Equal("\"v1\"", own.Headers.ETag!.ToString());
        }

        foreach (var path in new[] { "/missing", "/uncached", "/excepted" })
        {
            using var response = await client.GetAsync(path);
            Assert.Null(response.Headers.ETag);
        }
    }

    [Fact]
    public async Task CacheOutput_OfAnswerWithCacheHeaders_IsFreshForWhatWasLeftWhenItWasStored()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await StartAsync(
            static app => app.MapGet("/value/{page}", async (int page, HybridCache cache) => $"{page}: {await cache.GetOrCreateAsync("product:1", static _ => new ValueTask<string>("v"))}")
                .CacheOutput(static policy => policy.Expire(TimeSpan.FromHours(1))).WithCacheHeaders("product"),
            time: time);
        var client = app.GetTestClient();
        using (await client.GetAsync("/value/1"))
            time.Advance(TimeSpan.FromSeconds(200));
        using var made = await client.GetAsync("/value/2");
        Assert.InRange(made.Headers.CacheControl!.MaxAge!.Value.TotalSeconds, 60, 100);
        Assert.Null(made.Headers.Age);
        using var stored = await client.GetAsync("/value/2");
        // The framework's, from when the answer was stored.
        Assert.InRange(stored.Headers.Age!.Value.TotalSeconds, 0, 60);
        Assert.Equal(made.Headers.CacheControl, stored.Headers.CacheControl);
        Assert.False(stored.Headers.Contains("Cache-Status"));
    }

    [Theory]
    [InlineData("/missing")]
    [InlineData("/cookie")]
    public async Task CacheOutput_OfAnswerWithCacheHeadersThatIsNotStored_HasThemAll(string path)
    {
        await using var app = await StartAsync(static app =>
        {
            var group = app.MapGroup("").CacheOutput().WithCacheHeaders("product");
            group.MapGet("/missing", async Task<IResult> (HybridCache cache) => await cache.GetOrCreateAsync("product:1", static _ => new ValueTask<string?>((string?)null)) is { } value ? TypedResults.Ok(value) : TypedResults.NotFound());
            group.MapGet("/cookie", (HybridCache cache, HttpResponse response) =>
            {
                response.Cookies.Append("cart", "7");
                return cache.GetOrCreateAsync("product:2", static _ => new ValueTask<string>("v"));
            });
        });
        using var response = await app.GetTestClient().GetAsync(path);
        Assert.NotNull(response.Headers.Age);
        Assert.True(response.Headers.Contains("Cache-Status"));
    }

    [Fact]
    public async Task Store_StaleInsideItsGrace_OneCallerRefreshesAndTheOthersGetTheOldOne()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await StartAsync(static _ => { }, time: time);
        var store = app.Services.GetRequiredService<IOutputCacheStore>();
        await store.SetAsync("key\u001f", [1, 2, 3], null, TimeSpan.FromSeconds(30), default);
        Assert.Equal([1, 2, 3], await store.GetAsync("key\u001f", default));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await store.GetAsync("key\u001f", default));
        for (var i = 0; i < 5; i++)
            Assert.Equal([1, 2, 3], await store.GetAsync("key\u001f", default));
        await store.SetAsync("key\u001f", [4], null, TimeSpan.FromMinutes(1), default);
        Assert.Equal([4], await store.GetAsync("key\u001f", default));
    }

    [Fact]
    public async Task CacheOutput_StaleWhileOneCallerRefreshes_OthersGetTheOldResponseAndItsTag()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var runs = 0;
        var refreshed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(app => app.MapGet("/slow", async () =>
        {
            var run = Interlocked.Increment(ref runs);
            if (run > 1)
                await refreshed.Task;
            return $"run {run}";
        }).CacheOutput(policy => policy.Expire(TimeSpan.FromSeconds(30))), time: time);
        var client = app.GetTestClient();
        using var first = await client.GetAsync("/slow");
        var tag = first.Headers.ETag!;
        time.Advance(TimeSpan.FromSeconds(31));
        var refresh = client.GetAsync("/slow");
        await Until.TrueAsync(() => Volatile.Read(ref runs) == 2);

        using (var stale = await client.GetAsync("/slow"))
            Assert.Equal(("run 1", tag), (await stale.Content.ReadAsStringAsync(), stale.Headers.ETag));
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/slow") { Headers = { IfNoneMatch = { tag } } })
        using (var unchanged = await client.SendAsync(request))
            Assert.Equal((HttpStatusCode.NotModified, tag), (unchanged.StatusCode, unchanged.Headers.ETag));

        refreshed.SetResult();
        using var second = await refresh;
        Assert.Equal("run 2", await second.Content.ReadAsStringAsync());
        Assert.NotEqual(tag, second.Headers.ETag);
        using var stored = await client.GetAsync("/slow");
        Assert.Equal(("run 2", second.Headers.ETag), (await stored.Content.ReadAsStringAsync(), stored.Headers.ETag));
        Assert.Equal(2, runs);
    }

    [RedisFact]
    public async Task Fleet_StaleResponse_OneNodeRefreshesForAllAndTagsReachAll()
    {
        await using var redis = await RedisServer.StartAsync();
        var runs = 0;
        void Map(WebApplication app) => app.MapGet("/slow", () => $"run {Interlocked.Increment(ref runs)}").CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(1)).Tag("slow"));
        await using var a = await StartAsync(Map, redis.ConnectionString);
        await using var b = await StartAsync(Map, redis.ConnectionString);
        var stores = new[] { a, b }.Select(app => app.Services.GetRequiredService<IOutputCacheStore>()).ToArray();

        // Both nodes have their connections when one sees what the other stores.
        await Until.TrueAsync(async () =>
        {
            await stores[0].SetAsync("warm", [0], null, TimeSpan.FromMinutes(1), default);
            return await stores[1].GetAsync("warm", default) is not null;
        });

        // The store first, where it can be seen who is sent to the endpoint: of 40 callers on two nodes one.
        await stores[0].SetAsync("key", [1], null, TimeSpan.FromMilliseconds(200), default);
        var refreshers = 0;
        await Until.TrueAsync(async () =>
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => stores[i % 2].GetAsync("key", default).AsTask()));
            return (refreshers = answers.Count(answer => answer is null)) > 0;
        });

        Assert.Equal(1, refreshers);
        await stores[1].SetAsync("key", [2], ["tag"], TimeSpan.FromMinutes(1), default);
        await Until.TrueAsync(async () => (await stores[0].GetAsync("key", default))?[0] == 2);
        await stores[0].EvictByTagAsync("tag", default);
        await Until.TrueAsync(async () => await stores[1].GetAsync("key", default) is null);

        // And a response made on one node is the other's as well.
        Assert.Equal("run 1", await a.GetTestClient().GetStringAsync("/slow"));
        Assert.Equal("run 1", await b.GetTestClient().GetStringAsync("/slow"));
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map, string? redis = null, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateBuilder();
        if (time is not null)
            builder.Services.AddSingleton(time);
        builder.WebHost.UseTestServer();
        builder.Services.AddHotShelfCaching(options => (options.Redis, options.RemoteTimeout) = (redis, TimeSpan.FromSeconds(10)));
        builder.Services.AddHotShelfOutputCache();
        var app = builder.Build();
        app.UseOutputCache();
        map(app);
        await app.StartAsync();
        return app;
    }
}
