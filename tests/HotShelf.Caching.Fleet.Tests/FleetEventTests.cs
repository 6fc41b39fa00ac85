using HotShelf.TestServers;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>What happens on a node is told, by whom and to what, and never more of it than Redis and a reader can take.</summary>
public sealed class FleetEventTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private Reader _reader = null!;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null)
            return;
        _redis = await RedisServer.StartAsync();
        _reader = new Reader(_redis.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_redis is null)
            return;
        await _reader.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private Task<Node> StartAsync(Action<HotShelfCachingOptions>? caching = null, Action<FleetOptions>? fleet = null) => Node.StartAsync(_redis.ConnectionString, caching, fleet);

    [RedisFact]
    public async Task Watch_InvalidationsOfEachScope_ReportsSourceAndNames()
    {
        await using var node = await StartAsync();
        await node.Cache.RemoveAsync(["product:1", "product:2"]);
        await node.Cache.RemoveByTagAsync(["red", "blue"]);
        await node.Cache.RemoveFamilyAsync("price");
        await node.Cache.RemoveByTagAsync("*");

        var keys = await InvalidationAsync(InvalidationScope.Key);
        Assert.Equal((InvalidationSource.Local, "product", 2), (keys.Source, keys.Family, keys.Count));
        Assert.Equal(["product:1", "product:2"], keys.Names);
        Assert.Equal($"{Environment.MachineName}/{Environment.ProcessId}", keys.Process);
        var tags = await InvalidationAsync(InvalidationScope.Tag);
        Assert.Equal(InvalidationSource.Tag, tags.Source);
        Assert.Equal(["red", "blue"], tags.Names);
        Assert.Equal("price", (await InvalidationAsync(InvalidationScope.Family)).Family);
        Assert.Equal(InvalidationSource.Tag, (await InvalidationAsync(InvalidationScope.Everything)).Source);
    }

    [RedisFact]
    public async Task Watch_InvalidationByTheFeed_ReportsThatSource()
    {
        await using var feed = await StartAsync(options => options.IsFeed = true);
        await feed.Cache.RemoveAsync("product:1");
        Assert.Equal(InvalidationSource.Feed, (await InvalidationAsync(InvalidationScope.Key)).Source);
        Assert.True((await _reader.Fleet.GetNodesAsync()).Single().IsFeed);
    }

    [RedisFact]
    public async Task Watch_DeleteByAnotherClient_ReportsTheDroppedCopy()
    {
        await using var node = await StartAsync();
        await node.Cache.SetAsync("product:1", "one");
        // Until the node has heard of its own store, a push of this key may be taken for it. Of a later change it hears later.
        await node.Cache.RemoveAsync("product:2");
        await Until.TrueAsync(async () => await _reader.Fleet.GetNodesAsync() is [{ CoherenceLag: not null }], what: "the echo has come");
        await _redis.CommandAsync("DEL {hs:v1:product:1}");
        var dropped = await _reader.UntilAsync(happened => happened is { Kind: CacheEventKind.Invalidation, Source: InvalidationSource.Fleet }, "a dropped copy");
        Assert.Equal(("product", "product:1"), (dropped.Family, dropped.Names.Single()));
    }

    [RedisFact]
    public async Task Watch_Fills_ReportsKeyDurationAndOutcome()
    {
        await using var node = await StartAsync();
        await node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("one"));
        await node.Cache.GetOrCreateAsync("product:2", 0, static (fill, _, _) =>
        {
            fill.DoNotStore();
            return ValueTask.FromResult("two");
        });
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.Cache.GetOrCreateAsync<string>("product:3", _ => throw new InvalidOperationException()));
        await node.Cache.GetOrCreateManyAsync([4, 5], static id => $"product:{id}", 0, static (ids, _, _) =>
            ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(id => id, id => "many")));

        var stored = await FillAsync("product:1");
        Assert.Equal((FillOutcome.Stored, "product", 1), (stored.Outcome, stored.Family, stored.Count));
        Assert.True(stored.Duration > TimeSpan.Zero);
        Assert.Equal(FillOutcome.NotStored, (await FillAsync("product:2")).Outcome);
        var failed = await FillAsync("product:3");
        Assert.Equal((FillOutcome.Failed, nameof(InvalidOperationException)), (failed.Outcome, failed.State));
        Assert.Equal(2, (await FillAsync("product:4")).Count);
    }

    [RedisFact]
    public async Task Watch_BatchWithUnusableKeys_IsLoadedAndReportsOnlyTheUsable()
    {
        await using var node = await StartAsync();
        string[] unusable = [null!, "", "plain:a\nb", "plain:" + new string('k', 10_000)];
        var found = await node.Cache.GetOrCreateManyAsync([.. Enumerable.Range(0, unusable.Length + 1)], id => id < unusable.Length ? unusable[id] : "product:1", 0,
            static (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(id => id, id => $"v{id}")));
        Assert.Equal(["v0", "v1", "v2", "v3", "v4"], found.OrderBy(pair => pair.Key).Select(pair => pair.Value));
        var fill = await FillAsync("product:1");
        Assert.Equal((FillOutcome.Stored, "product", 1), (fill.Outcome, fill.Family, fill.Count));
        Assert.Equal(["product:1"], fill.Names);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await node.Cache.GetOrCreateManyAsync<int, int, string>([0, 1], id => unusable[id], 0, static (_, _, _) => throw new InvalidOperationException()));
    }

    [RedisFact]
    public async Task Watch_FillOfAFamilyThatSlides_DoesNotNameTheKey()
    {
        await using var node = await StartAsync(options => options.Families["session"] = new CachePolicy { Fresh = TimeSpan.FromHours(12), Sliding = TimeSpan.FromMinutes(20), Local = TimeSpan.Zero });
        await node.Cache.GetOrCreateAsync("session:secret", _ => ValueTask.FromResult("someone"));
        var fill = await _reader.UntilAsync(happened => happened.Kind == CacheEventKind.Fill, "a fill");
        Assert.Equal("session", fill.Family);
        Assert.Empty(fill.Names);
        Assert.DoesNotContain("secret", await _redis.CommandAsync("XRANGE fleet:{hs}:traffic - +"), StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task Watch_MoreFillsThanTheBudget_ReportsHowManyAreOmitted()
    {
        await using var node = await StartAsync(fleet: options => options.EventsPerSecond = 2);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(id => node.Cache.GetOrCreateAsync($"product:{id}", _ => ValueTask.FromResult("value")).AsTask()));
        var (told, omitted) = (0L, 0L);
        await _reader.UntilAsync(
            happened =>
            {
                told += happened.Kind == CacheEventKind.Fill ? 1 : 0;
                omitted += happened is { Kind: CacheEventKind.Omitted, State: "fills" } ? happened.Count : 0;
                return told + omitted == 100;
            }, "all fills, told or counted");
        Assert.NotEqual(0, omitted);
    }

    [RedisFact]
    public async Task Watch_RedisKilledAndBack_ContinuesAndReportsCircuitAndStream()
    {
        await using var node = await StartAsync(options =>
        {
            options.BreakerThreshold = 1;
            options.RemoteTimeout = TimeSpan.FromSeconds(1);
        });
        var watching = _reader.UntilAsync(happened => happened is { Kind: CacheEventKind.Stream, State: "tracking" }, "the stream is back");
        await _redis.KillAsync();
        await node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("one"));
        await Until.TrueAsync(() => node.Statistics is { Coherence: "lost", RemoteState: not "closed" }, what: "the node has noticed");
        await _redis.RestartAsync();
        await watching;
        Assert.Equal("lost", (await _reader.UntilAsync(happened => happened is { Kind: CacheEventKind.Stream, State: "lost" }, "the stream was lost")).State);
        await _reader.UntilAsync(happened => happened is { Kind: CacheEventKind.Circuit, State: "open" }, "the circuit opened");
        await _reader.UntilAsync(happened => happened is { Kind: CacheEventKind.Circuit, State: "closed" }, "the circuit closed");
        // What was counted while Redis was away is not lost with it.
        await Until.TrueAsync(async () => (await _reader.TotalAsync("product")).Misses >= 1, what: "the read of the outage is counted");
        await Until.TrueAsync(async () => (await _reader.Fleet.GetNodesAsync()).Count == 1, what: "the node is back in the registry");
    }

    [RedisFact]
    public async Task Watch_ANodeThatDies_IsForgottenAndSaidToBeLost()
    {
        await using var node = await StartAsync();
        await Until.TrueAsync(async () => (await _reader.Fleet.GetNodesAsync()).Count == 1);
        var alive = (await _reader.Fleet.GetNodesAsync())[0];
        // One that tells of itself once and never again, as one that is killed.
        var document = new FleetNodeDocument(alive with { Id = "dead", Application = "gone", Instance = "gone-1" }, new Dictionary<string, string>());
        Assert.Null(await node.Store.DeliverAsync(new FleetBatch { Sequence = 1, Node = document, Counts = [], Changes = [], Traffic = [] }));
        var lost = await _reader.UntilAsync(happened => happened is { Kind: CacheEventKind.NodeLost, NodeId: "dead" }, "a node was lost");
        Assert.Equal(("gone", "gone-1"), (lost.Application, lost.Process));
        await Until.TrueAsync(async () => await _reader.Fleet.GetNodesAsync() is [var only] && only.Id == alive.Id, what: "the other one is alone");
    }

    [RedisFact]
    public async Task GetChanges_MuchTraffic_StillHasThemTheNewestFirst()
    {
        await using var node = await StartAsync();
        await _reader.Fleet.RecordAsync(new OperatorAction("ada", "invalidate key: done", "product:1"));
        await node.Cache.RemoveByTagAsync("red");
        for (var i = 0; i < 20; i++)
            await node.Cache.RemoveAsync($"product:{i}");
        await InvalidationAsync(InvalidationScope.Tag);
        var changes = await _reader.Fleet.GetChangesAsync(10);
        Assert.Contains(changes, change => change.Kind == CacheEventKind.NodeJoined);
        Assert.Contains(changes, change => change is { Kind: CacheEventKind.Invalidation, Scope: InvalidationScope.Tag });
        Assert.DoesNotContain(changes, change => change.Kind == CacheEventKind.Fill || change.Scope == InvalidationScope.Key);
        var action = changes.Single(change => change.Kind == CacheEventKind.Operator);
        Assert.Equal(("ada", "invalidate key: done", "product:1"), (action.Actor, action.Action, action.Names.Single()));
        Assert.Equal(changes.OrderByDescending(change => change.Id, StringComparer.Ordinal), changes);
    }

    private Task<CacheEvent> InvalidationAsync(InvalidationScope scope) =>
        _reader.UntilAsync(happened => happened.Kind == CacheEventKind.Invalidation && happened.Scope == scope && happened.Source != InvalidationSource.Fleet, $"an invalidation of scope {scope}");

    private Task<CacheEvent> FillAsync(string key) => _reader.UntilAsync(happened => happened.Kind == CacheEventKind.Fill && happened.Names is [var first, ..] && first == key, $"the fill of {key}");
}
