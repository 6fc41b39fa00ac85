using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Tags;

/// <summary>Promise 20 on real Redis: nothing that the cache keeps for itself makes entries go cold by expiring, being evicted or being lost.</summary>
public sealed class BookkeepingTests : IAsyncLifetime
{
    private const int Entries = 100;

    private readonly List<Node> _nodes = [];
    private RedisServer? _redis;
    private ConnectionMultiplexer? _client;
    private int _loads;
    private long _removedTick;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null)
            return;
        _redis = await RedisServer.StartAsync();
        _client = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        if (_client is not null)
            await _client.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task TagRetention_PassesOnABusyCache_NothingIsLoadedAgain()
    {
        var node = await NodeAsync(retention: TimeSpan.FromSeconds(2));
        await ReadAllAsync(node);
        await node.Cache.RemoveByTagAsync("gone");
        _loads = 0;
        // By the server's clock: more than twice the retention.
        var database = _client!.GetDatabase();
        await database.StringSetAsync("running", "1", TimeSpan.FromSeconds(5));
        while (await database.KeyExistsAsync("running"))
            await ReadAllAsync(node);
        Assert.Equal(0, _loads);
    }

    [RedisFact]
    public async Task Bookkeeping_DeletedOneByOneAndTogether_NothingIsLoadedAgain()
    {
        var a = await NodeAsync();
        var b = await NodeAsync();
        await ReadAllAsync(a);
        await a.Cache.RemoveByTagAsync("tag3");
        // A node that has not read a reported removal when the ledger is lost records it again, with the present time.
        var last = await NodeAsync();
        await last.Cache.RemoveByTagAsync("last");
        await last.DisposeAsync();
        await Until.TrueAsync(() => new[] { a, b }.All(node => node.Inner.Tags.All().Exists(removal => removal is { Name: "t:last", Stamp: > 0 }) && node.Inner.Tags.Knows("product", ["tag3", "last"])));
        await ReadAllAsync(a);
        _loads = 0;
        var database = _client!.GetDatabase();
        foreach (var key in Bookkeeping())
        {
            await database.KeyDeleteAsync(key);
            await ReadAllAsync(a);
            await ReadAllAsync(b);
        }

        for (var round = 0; round < 20; round++)
        {
            await database.KeyDeleteAsync(Bookkeeping());
            await ReadAllAsync(a);
            await ReadAllAsync(b);
        }

        Assert.Equal(0, _loads);
        // One that starts now learns it from Redis.
        await Until.TrueAsync(() => Bookkeeping().Length > 0, what: "the ledger is restored");
        await SettleAsync(database);
        await ReadAllAsync(await NodeAsync());
        Assert.Equal(0, _loads);
    }

    [RedisFact]
    public async Task Bookkeeping_OneKeyDeletedWhileNoNodeLives_NothingIsLoadedAgain()
    {
        var first = await NodeAsync();
        await ReadAllAsync(first);
        await first.Cache.RemoveByTagAsync("tag3");
        await ReadAllAsync(first);
        await first.DisposeAsync();
        _loads = 0;
        foreach (var key in Bookkeeping())
        {
            await _client!.GetDatabase().KeyDeleteAsync(key);
            var next = await NodeAsync();
            await ReadAllAsync(next);
            await next.DisposeAsync();
        }

        Assert.Equal(0, _loads);
    }

    [RedisFact]
    public async Task Bookkeeping_AllDeletedWhileNoNodeLives_NothingRemovedIsServed()
    {
        var first = await NodeAsync();
        await ReadAllAsync(first);
        await first.Cache.RemoveByTagAsync("tag3");
        await first.DisposeAsync();
        await _client!.GetDatabase().KeyDeleteAsync(Bookkeeping());
        var next = await NodeAsync();
        _loads = 0;
        await ReadAsync(next, 3);
        Assert.Equal(1, _loads);
    }

    [RedisFact]
    public async Task Bookkeeping_DeletedRightAfterARemoval_TheRemovedStaysRemoved()
    {
        var a = await NodeAsync();
        var b = await NodeAsync();
        var database = _client!.GetDatabase();
        for (var round = 0; round < 50; round++)
        {
            await ReadAllAsync(a);
            await ReadAllAsync(b);
            await a.Cache.RemoveByTagAsync("tag3");
            await database.KeyDeleteAsync(Bookkeeping());
            _loads = 0;
            await ReadAsync(a, 3);
            Assert.True(_loads == 1, $"round {round}: the removed entry is served where it was removed");
            await Until.TrueAsync(() => b.Inner.Local.Find(Key(3)) is not { } copy || copy.Times.FillId == a.Inner.Local.Find(Key(3))?.Times.FillId, what: "the other node follows");
        }
    }

    [RedisFact]
    public async Task Ledger_MadeAnewByAServerWhoseClockIsBehind_BeginsAfterWhatTheNodeKnows()
    {
        await using var store = Store();
        var known = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds() * 1000;
        var removed = await store.RemoveTagsAsync(["t:gone"], [], generation: 0, position: known);
        Assert.True(removed.TagFloor > known && removed.FamilyFloor > known && removed.Position > removed.TagFloor);
        await _client!.GetDatabase().KeyDeleteAsync(Bookkeeping());
        var generation = await store.RestoreTagsAsync(new([], known, null, null));
        var restored = await store.ReadTagsAsync(generation, 0);
        Assert.True(restored.TagFloor > known && restored.FamilyFloor > known && restored.Generation == generation && generation >= restored.TagFloor);
        // A ledger that is there is continued after it, too.
        var later = await store.RemoveTagsAsync(["t:gone"], [], generation, position: 2 * known);
        Assert.True(later.Position > 2 * known);
    }

    [RedisFact]
    public async Task FamiliesAndTags_TwentyThousandUsedOnce_LeaveNoKeysAndBoundedMemory()
    {
        var node = await NodeAsync();
        await Parallel.ForAsync(0, 20_000, async (i, token) =>
            await node.Cache.GetOrCreateAsync($"tenant{i}:profile", _ => ValueTask.FromResult(i), new() { Expiration = TimeSpan.FromMilliseconds(50) }, tags: [$"used-once-{i}"], cancellationToken: token));
        await Until.TrueAsync(async () => (long)await _client!.GetDatabase().ExecuteAsync("DBSIZE") < 100, what: "only bookkeeping is left");
        Assert.Equal(0, node.Inner.Tags.Count);
    }

    [RedisFact]
    public async Task Pressure_TenTimesTheMemory_HotEntriesAreLoadedAgainOnlyWhenEvictedAndARemovedTagStaysRemoved()
    {
        await _redis!.CommandAsync("CONFIG SET maxmemory 12mb");
        await _redis.CommandAsync("CONFIG SET maxmemory-policy allkeys-lru");
        await _redis.CommandAsync("CONFIG SET notify-keyspace-events Ee");
        var (evicted, evictedHot) = (0, 0);
        await _client!.GetSubscriber().SubscribeAsync(RedisChannel.Literal("__keyevent@0__:evicted"), (_, key) =>
        {
            Interlocked.Increment(ref evicted);
            if (((string)key!).StartsWith("{hs:v1:product:", StringComparison.Ordinal))
                Interlocked.Increment(ref evictedHot);
        });
        Node[] nodes = [await NodeAsync(), await NodeAsync()];
        await ReadAllAsync(nodes[0]);
        _loads = 0;
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(300));
        var removedAt = int.MaxValue;
        var stale = 0;
        var readers = nodes.Select(node => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var (before, since) = (Volatile.Read(ref removedAt), Environment.TickCount64 - Volatile.Read(ref _removedTick));
                for (var i = 0; i < Entries; i++)
                {
                    if (await ReadAsync(node, i) <= before && i == 5 && before != int.MaxValue && (node == nodes[0] || since > 2000))
                        Interlocked.Increment(ref stale);
                }

                await Task.Yield();
            }
        })).ToList();
        var payload = new byte[10_000];
        var remote = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableCompression };
        for (var filled = 0; !over.IsCancellationRequested; filled++)
        {
            Random.Shared.NextBytes(payload);
            await nodes[filled % 2].Cache.GetOrCreateAsync($"cold:{filled}", _ => ValueTask.FromResult(payload), remote);
            if (removedAt != int.MaxValue && Volatile.Read(ref evicted) > 3000 && Environment.TickCount64 - _removedTick > 5000)
                await over.CancelAsync();
            if (filled != 3000)
                continue;
            await nodes[0].Cache.RemoveByTagAsync("tag5");
            Volatile.Write(ref _removedTick, Environment.TickCount64);
            Volatile.Write(ref removedAt, Volatile.Read(ref _loads));
        }

        await Task.WhenAll(readers);
        Assert.Equal(0, stale);
        Assert.True(evicted > 1000, $"only {evicted} keys were evicted: no pressure");
        Assert.True(_loads <= evictedHot + 10, $"{_loads} loads of hot entries, of which {evictedHot} were evicted ({evicted} keys in all)");
        Assert.True(evictedHot < evicted / 20, $"{evictedHot} of {evicted} evicted keys were hot entries");
    }

    private RedisKey[] Bookkeeping() => [.. _client!.GetServer(_client.GetEndPoints()[0]).Keys(pattern: "*").Where(key => ((string)key!).Contains("{hs:v1:#", StringComparison.Ordinal))];

    /// <summary>Until a restored ledger is no longer written to.</summary>
    private static async Task SettleAsync(IDatabase database)
    {
        double? before = null;
        await Until.TrueAsync(async () =>
        {
            var generation = await database.SortedSetScoreAsync("{hs:v1:#}", "!g");
            var isSettled = generation is not null && generation == before && await database.SortedSetScoreAsync("{hs:v1:#}", "t:tag3") is not null;
            before = generation;
            return isSettled;
        });
    }

    private static string Key(int i) => $"product:{i}";

    private ValueTask<int> ReadAsync(Node node, int i) => node.Cache.GetOrCreateAsync(Key(i), _ => ValueTask.FromResult(Interlocked.Increment(ref _loads)), tags: [$"tag{i}"]);

    private async Task ReadAllAsync(Node node)
    {
        for (var i = 0; i < Entries; i++)
            await ReadAsync(node, i);
    }

    private async Task<Node> NodeAsync(TimeSpan? retention = null)
    {
        var node = Node.Over(Store(retention));
        _nodes.Add(node);
        await node.UntilCoherentAsync();
        return node;
    }

    private IRemoteStore Store(TimeSpan? retention = null)
    {
        // The store takes what the node's options would not allow: no test waits for a minute.
        var options = new HotShelfCachingOptions { Redis = _redis!.ConnectionString };
        options.TagRetention = retention ?? options.TagRetention;
        var none = new ServiceCollection().BuildServiceProvider();
        return RedisFactory.TryCreate(none, null, options, TimeProvider.System, NullLoggerFactory.Instance)!;
    }
}
