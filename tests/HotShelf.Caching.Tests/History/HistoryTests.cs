using System.Globalization;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.History;

/// <summary>Promises 8 to 12 under load and disturbance; HOTSHELF_HISTORY_SECONDS says how long: 10 by default, 60 on a build machine.</summary>
public sealed class HistoryTests
{
    private static TimeSpan Duration { get; } =
        TimeSpan.FromSeconds(double.TryParse(Environment.GetEnvironmentVariable("HOTSHELF_HISTORY_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds
            : Environment.GetEnvironmentVariable("CI") == "true" ? 60 : 10);

    private static void Options(HotShelfCachingOptions options)
    {
        options.Default.Local = TimeSpan.FromMinutes(10);
        options.Default.Fresh = TimeSpan.FromHours(1);
    }

    [RedisTheory]
    [InlineData(4)]
    [InlineData(8)]
    public async Task Fleet_WhateverHappensToRedis_KeepsItsPromises(int count)
    {
        await using var redis = await RedisServer.StartAsync("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru");
        var nodes = await Node.StartManyAsync(count, redis.ConnectionString, Options);
        var history = new History(nodes);
        await history.RunAsync(Duration, random => DisturbAsync(redis, random));
        var violations = history.Violations();
        Assert.True(violations.Count == 0, $"{violations.Count} of {history.Reads} reads: {string.Join("; ", violations.Take(5))}");
        Assert.Empty(await history.DisagreementsAsync());
        Assert.True(history.Reads > 100 && history.Writes > 20, $"only {history.Reads} reads and {history.Writes} writes");
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    /// <summary>The checker itself: what is broken on purpose must be found, or it proves nothing. <see cref="SimulationTests"/> has finer defects.</summary>
    [RedisFact]
    public async Task NodeThatHearsOfNoChange_IsCaught()
    {
        await using var redis = await RedisServer.StartAsync();
        GatedStore? deaf = null;
        await using var reader = await Node.OverAsync(redis.ConnectionString, inner => deaf = new GatedStore(inner), Options);
        await using var writer = await Node.StartAsync(redis.ConnectionString, Options);
        deaf!.Stream.Drop(true);
        // Seldom enough that a change which was missed is not made good by the next removal of a tag within the bound; as many rounds as it takes, within a limit.
        var history = new History([reader, writer], writePause: 300);
        for (var round = 0; round < 12 && history.Violations().Count == 0; round++)
            await history.RunAsync(TimeSpan.FromSeconds(3), disturb: null);
        Assert.NotEmpty(history.Violations());
    }

    private static async Task DisturbAsync(RedisServer redis, Random random)
    {
        var physical = $"{{hs:v1:{History.KeyOf(random.Next(24))}}}";
        switch (random.Next(6))
        {
            case 0:
                await redis.CommandAsync($"DEL {physical}");
                break;
            case 1:
                await redis.CommandAsync($"SET {physical} garbage");
                break;
            case 2:
                // Evictions, of entries, leases and stamps alike.
                await redis.CommandAsync("EVAL \"for i=1,300 do redis.call('SET','fill'..i..ARGV[1],string.rep('x',10000)) end\" 0 " + random.Next().ToString(CultureInfo.InvariantCulture));
                break;
            case 3:
                await redis.CommandAsync("CLIENT KILL TYPE normal");
                break;
            case 4:
                await redis.PauseAsync();
                await Task.Delay(random.Next(100, 900));
                await redis.ResumeAsync();
                break;
            default:
                await redis.CommandAsync("CLIENT KILL TYPE pubsub");
                break;
        }
    }
}
