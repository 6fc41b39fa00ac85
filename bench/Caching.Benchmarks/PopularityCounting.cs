using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.Caching.Benchmarks;

/// <summary>What counting reads for the ranking costs the hit path: a node that never harvests against one that does a hundred times as often as by default.</summary>
internal static class PopularityCounting
{
    private const int Keys = 2000;

    public static async Task RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var idle = await StartAsync(redis, TimeSpan.FromHours(1));
        await using var counting = await StartAsync(redis, TimeSpan.FromMilliseconds(100));
        Loop.Print($"L1 hit over {Keys:N0} keys, reads counted for the ranking", await Loop.RunAsync(2_000_000, ("counted, never harvested", Reads(idle)), ("harvested ten times a second", Reads(counting))));
        foreach (var service in counting.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
    }

    private static async Task<ServiceProvider> StartAsync(RedisServer redis, TimeSpan interval)
    {
        var services = Caches.Create(redis.ConnectionString, add: services => services.AddHotShelfFleet(options => options.PopularityInterval = interval));
        await services.CoherentAsync();
        for (var i = 0; i < Keys; i++)
            await services.Cache().SetAsync($"text:{i}", "value");
        foreach (var service in services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        return services;
    }

    private static Func<int, Task> Reads(ServiceProvider services)
    {
        var cache = services.Cache();
        var keys = Enumerable.Range(0, Keys).Select(i => $"text:{i}").ToArray();
        return async operations =>
        {
            for (var i = 0; i < operations; i++)
                await cache.GetOrCreateAsync(keys[i % Keys], 0, static (_, _) => new ValueTask<string>("value"));
        };
    }
}
