using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

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

    [Fact]
    public async Task Store_StaleInsideItsGrace_OneCallerRefreshesAndTheOthersGetTheOldOne()
    {
        await using var app = await StartAsync(static _ => { });
        var store = app.Services.GetRequiredService<IOutputCacheStore>();
        await store.SetAsync("key\u001f", [1, 2, 3], null, TimeSpan.FromMilliseconds(200), default);
        Assert.Equal([1, 2, 3], await store.GetAsync("key\u001f", default));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await store.GetAsync("key\u001f", default) is not null)
            await Task.Delay(20, limit.Token);
        for (var i = 0; i < 5; i++)
            Assert.Equal([1, 2, 3], await store.GetAsync("key\u001f", default));
        await store.SetAsync("key\u001f", [4], null, TimeSpan.FromMinutes(1), default);
        Assert.Equal([4], await store.GetAsync("key\u001f", default));
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddHotShelfCaching();
        builder.Services.AddHotShelfOutputCache();
        var app = builder.Build();
        app.UseOutputCache();
        map(app);
        await app.StartAsync();
        return app;
    }
}
