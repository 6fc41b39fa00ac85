using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Cluster;

/// <summary>The fleet's promises on a real Redis Cluster of three primaries, resharding included.</summary>
public sealed class ClusterTests(ClusterTests.Cluster cluster) : IClassFixture<ClusterTests.Cluster>
{
    private readonly string _prefix = $"c{Guid.NewGuid():N}";

    private Task<Node[]> StartAsync(int count, Action<HotShelfCachingOptions>? configure = null) => Node.StartManyAsync(count, cluster.Redis!.ConnectionString, options =>
    {
        options.Prefix = _prefix;
        options.Default.Local = TimeSpan.FromMinutes(10);
        options.RemoteTimeout = TimeSpan.FromSeconds(2);
        configure?.Invoke(options);
    });

    [RedisFact]
    public async Task Invalidations_OnOneNode_ReachTheOthersInEverySlot()
    {
        var nodes = await StartAsync(2);
        var value = "old";
        ValueTask<string> Read(Node node, int key) => node.Cache.GetOrCreateAsync($"p:{key}", _ => ValueTask.FromResult(value), tags: [$"t{key % 3}"]);
        for (var key = 0; key < 20; key++)
        {
            foreach (var node in nodes)
                Assert.Equal("old", await Read(node, key));
        }

        value = "new";
        await nodes[0].Cache.RemoveAsync(Enumerable.Range(0, 20).Where(key => key % 3 == 0).Select(key => $"p:{key}"));
        await nodes[0].Cache.RemoveByTagAsync("t1");
        var owner = await cluster.Redis!.OwnerAsync($"{{{_prefix}:v1:p:2}}");
        await owner.CommandAsync($"DEL {{{_prefix}:v1:p:2}}");
        for (var key = 0; key < 20; key++)
        {
            if (key % 3 != 2 || key == 2)
            {
                foreach (var node in nodes)
                    await Until.TrueAsync(async () => await Read(node, key) == "new", what: $"key {key}");
            }
        }

        await nodes[1].Cache.RemoveByTagAsync("*");
        foreach (var node in nodes)
            await Until.TrueAsync(async () => await Read(node, 5) == "new");
        await DisposeAsync(nodes);
    }

    [RedisFact]
    public async Task GetOrCreateMany_KeysOfManySlots_LoadsOnce()
    {
        var nodes = await StartAsync(2, Node.Patient);
        var calls = 0;
        foreach (var node in nodes)
        {
            var found = await node.Cache.GetOrCreateManyAsync([.. Enumerable.Range(0, 50)], static key => $"p:{key}", 0, (keys, _, _) =>
            {
                calls++;
                return ValueTask.FromResult<IReadOnlyDictionary<int, string>>(keys.ToDictionary(key => key, key => $"v{key}"));
            });
            Assert.Equal(50, found.Count);
        }

        Assert.Equal(1, calls);
        await DisposeAsync(nodes);
    }

    [RedisFact]
    public async Task SlotsThatMoveUnderLoad_BreakNoPromise()
    {
        var nodes = await StartAsync(3);
        var history = new History.History(nodes);
        await history.RunAsync(TimeSpan.FromSeconds(5), async random =>
        {
            var physical = $"{{{_prefix}:v1:{History.History.KeyOf(random.Next(24))}}}";
            var from = await cluster.Redis!.OwnerAsync(physical);
            var to = cluster.Redis.Nodes.First(node => node != from);
            await cluster.Redis.MoveSlotAsync(await cluster.Redis.SlotAsync(physical), from, to);
        });
        var violations = history.Violations();
        Assert.True(violations.Count == 0, $"{violations.Count} of {history.Reads} reads: {string.Join("; ", violations.Take(5))}");
        Assert.Empty(await history.DisagreementsAsync());
        await DisposeAsync(nodes);
    }

    private static async Task DisposeAsync(Node[] nodes)
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    public sealed class Cluster : IAsyncLifetime
    {
        internal RedisCluster? Redis { get; private set; }

        public async Task InitializeAsync() => Redis = RedisServer.Missing is null ? await RedisCluster.StartAsync() : null;

        public async Task DisposeAsync()
        {
            if (Redis is not null)
                await Redis.DisposeAsync();
        }
    }
}
