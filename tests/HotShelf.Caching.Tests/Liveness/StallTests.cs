using System.Collections.Concurrent;
using System.Diagnostics;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>Redis stops for a moment, with the default settings.</summary>
[Collection(TimedTests.Name)]
public sealed class StallTests
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(1500);

    /// <summary>The longer stall outlasts the look and the request for the lease: Redis gives the lease to a caller who has left.</summary>
    [RedisTheory]
    [InlineData(600)]
    [InlineData(1200)]
    public async Task GetOrCreate_RedisStopsForAMoment_NobodyWaitsLongAndTheNextMissIsStored(int milliseconds)
    {
        await using var redis = await RedisServer.StartAsync();
        var nodes = await Node.StartManyAsync(4, redis.ConnectionString);
        var waits = new ConcurrentBag<TimeSpan>();

        async Task ReadAsync(Node node, string key)
        {
            var started = Stopwatch.GetTimestamp();
            await node.Cache.GetOrCreateAsync(key, async token =>
            {
                await Task.Delay(5, token);
                return "value";
            });
            waits.Add(Stopwatch.GetElapsedTime(started));
        }

        try
        {
            // From here on the nodes have their scripts and stamps: what follows is about the stall alone.
            await Task.WhenAll(nodes.Select(node => ReadAsync(node, "p:first")));
            await redis.PauseAsync();
            var reads = nodes.Select(node => ReadAsync(node, "p:hot")).ToList();
            await Task.Delay(milliseconds);
            await redis.ResumeAsync();
            // Callers come until the value is stored again.
            for (var i = 0; i < 20; i++)
            {
                reads.AddRange(nodes.SelectMany(node => Enumerable.Range(0, 4).Select(_ => ReadAsync(node, "p:hot"))));
                await Task.Delay(50);
            }

            await Task.WhenAll(reads);
            Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, s_longestWait));

            await nodes[0].Cache.RemoveAsync("p:hot");
            await ReadAsync(nodes[1], "p:hot");
            Assert.Equal("value", await nodes[2].Cache.GetOrCreateAsync("p:hot", ValueTask<string> (_) => throw new InvalidOperationException("it was stored")));
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }
}
