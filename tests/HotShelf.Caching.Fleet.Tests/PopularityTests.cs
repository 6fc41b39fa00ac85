using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HotShelf.Caching.Fleet.Tests;

public sealed class PopularityTests
{
    [RedisFact]
    public async Task Reads_RedisIsSlowerThanItsTimeout_AreCountedOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var ranking = connection.GetDatabase();
        var log = new LogCollector();
        int Failures() => log.Entries.Count(static entry => entry.Event.Id == Log.FleetFailedId && entry.Category.EndsWith(nameof(PopularityCounter), StringComparison.Ordinal));
        await using (var node = await Node.StartAsync(
            redis.ConnectionString,
            options => options.RemoteTimeout = TimeSpan.FromMilliseconds(100),
            options => options.PopularityInterval = TimeSpan.FromMilliseconds(200),
            services => services.AddSingleton<ILoggerFactory>(log)))
        {
            await ReadAsync(node);
            await Until.TrueAsync(async () => await ranking.SortedSetScoreAsync("popularity:{hs}", "product:1") == 1, "the first read is counted");

            await redis.CommandAsync("CLIENT PAUSE 600000 WRITE");
            for (var i = 0; i < 30; i++)
                await ReadAsync(node);
            await Until.TrueAsync(() => Failures() >= 1, "the counts are not confirmed in time");
            await ReadAsync(node);
            await Until.TrueAsync(() => Failures() >= 2, "nor are the next");
            await redis.CommandAsync("CLIENT UNPAUSE");
            await Until.TrueAsync(async () => await ranking.SortedSetScoreAsync("popularity:{hs}", "product:1") >= 32, "the reads are counted");
        }

        Assert.Equal(32, await ranking.SortedSetScoreAsync("popularity:{hs}", "product:1"));
    }

    private static async Task ReadAsync(Node node) => Assert.Equal("a", await node.Cache.GetOrCreateAsync("product:1", static _ => ValueTask.FromResult("a")));
}
