using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>Two versions of the cache over one Redis and one database, as during a rolling update: the feed of one sends changes to both.</summary>
[Collection(nameof(FeedServer))]
public class VersionTests(FeedServer server)
{
    [ServersFact]
    public async Task Change_WithTwoLiveVersions_IsSeenByBothAlsoAfterATakeoverAndALossOfRedis()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var first = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await using var other = await OtherAsync(redis);
        // Announced only after its first second: what was filled before is removed once.
        await FillAsync(other, 1);
        await Until.TrueAsync(() => first.Logged.Any(log => log.Id.Name == "FeedVersionFound"));
        await Until.TrueAsync(async () => !await IsCachedAsync(other, 1));

        await first.ReadAsync("item:1", "one", "category:a");
        await FillAsync(other, 1);
        await FillAsync(other, 2);
        await database.ExecuteAsync("update items set name = 'x', category = 'b' where id = 1");
        await Until.TrueAsync(async () => !await first.IsCachedAsync("item:1") && !await IsCachedAsync(other, 1));
        Assert.True(await IsCachedAsync(other, 2));
        // By tag too.
        await other.GetRequiredService<HybridCache>().SetAsync("list:b", "list", tags: ["category:b"]);
        await database.ExecuteAsync("update items set name = 'y' where id = 1");
        await Until.TrueAsync(async () => !(await other.GetRequiredService<HybridCache>().TryGetAsync<string>("list:b")).Found);

        // The next consumer goes on where this one ends, for both.
        await first.StopAsync();
        await database.ExecuteAsync("update items set name = 'x' where id = 3");
        await FillAsync(other, 3);
        await using var second = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        await Until.TrueAsync(async () => !await IsCachedAsync(other, 3));
        Assert.True(await IsCachedAsync(other, 2));

        await redis.CommandAsync("FLUSHALL");
        await FillAsync(other, 4);
        await database.ExecuteAsync("update items set name = 'x' where id = 4");
        await Until.TrueAsync(async () => !await IsCachedAsync(other, 4));
    }

    [ServersFact]
    public async Task Slot_Lost_RemovesTheFamiliesOfAllVersions()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var database = await server.CreateAsync();
        await using var other = await OtherAsync(redis);
        await using (await FeedHost.StartAsync(database, redis: redis.ConnectionString))
        {
        }

        await database.ExecuteAsync("select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()");
        await FillAsync(other, 1);
        await using var host = await FeedHost.StartAsync(database, redis: redis.ConnectionString);
        // By a push.
        await Until.TrueAsync(async () => !await IsCachedAsync(other, 1));
        await FillAsync(other, 1);
        await database.ExecuteAsync("update items set name = 'x' where id = 2");
        await Until.TrueAsync(() => host.Removed.Contains("item:2"));
        Assert.True(await IsCachedAsync(other, 1));
    }

    /// <summary>A node of another version, which has announced itself.</summary>
    private static async Task<ServiceProvider> OtherAsync(RedisServer redis)
    {
        var services = new ServiceCollection().AddLogging().AddHotShelfCaching(cache => (cache.Redis, cache.Version, cache.RemoteTimeout) = (redis.ConnectionString, "two", TimeSpan.FromSeconds(10))).BuildServiceProvider();
        await FillAsync(services, 0);
        await Until.TrueAsync(async () => (await services.GetRequiredService<CacheStorage>().FindLiveVersionsAsync()).Contains("two"));
        return services;
    }

    private static ValueTask FillAsync(ServiceProvider node, int id) => node.GetRequiredService<HybridCache>().SetAsync($"item:{id}", "value");

    private static async Task<bool> IsCachedAsync(ServiceProvider node, int id) => (await node.GetRequiredService<HybridCache>().TryGetAsync<string>($"item:{id}")).Found;
}
