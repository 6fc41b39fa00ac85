using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>Families and tags that come from outside, such as tenants: each is used once.</summary>
[Collection(TimedTests.Name)]
public sealed class TenantTests
{
    private const int Families = 100_000;
    private const int TagsOfEach = 10;
    private const int Batch = 1_000;

    [RedisFact]
    public async Task GetOrCreate_ManyFamiliesAndTagsUsedOnce_LeaveBoundedMemoryAndNoKeys()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, options =>
        {
            options.LocalSizeLimit = 1 << 20;
            options.RemoteTimeout = TimeSpan.FromMinutes(1);
        });
        // Longer than the fills: all entries are there at once.
        var brief = new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(10) };

        async Task ReadAsync(int first, int count) => await node.Cache.GetOrCreateManyAsync(
            [.. Enumerable.Range(first, count)], static id => $"tenant{id}:profile", 0, static (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, int>>(ids.ToDictionary(static id => id)), brief,
            static id => Enumerable.Range(0, TagsOfEach).Select(tag => $"tag{id}:{tag}"));

        await ReadAsync(0, Batch);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var first = Batch; first < Families; first += Batch)
            await ReadAsync(first, Batch);

        Assert.InRange(node.Inner.Families.All.Count(), 1, 40);
        Assert.Equal(0, node.Inner.Tags.Count);
        Assert.Equal(0, node.Inner.RunningFlights);
        // Copies that Redis is asked about once more come into L1 in the background.
        await Until.TrueAsync(() => node.Inner.Local.Size <= 1 << 20);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 16 << 20);
        // The entries, the ledger with its copy, and which versions run.
        Assert.InRange(await KeysAsync(redis), Families, Families + 3);
        await redis.CommandAsync("EVAL \"for _, key in ipairs(redis.call('KEYS', '*profile*')) do redis.call('UNLINK', key) end return 1\" 0");
        Assert.InRange(await KeysAsync(redis), 0, 3);
    }

    private static async Task<int> KeysAsync(RedisServer redis) =>
        int.Parse((await redis.CommandAsync("DBSIZE")).AsSpan().Trim().TrimStart(':'), System.Globalization.CultureInfo.InvariantCulture);
}
