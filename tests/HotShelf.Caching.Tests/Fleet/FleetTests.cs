using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Fleet;

public sealed class FleetTests : IAsyncLifetime
{
    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [RedisFact]
    public async Task GetOrCreate_ColdKeyOnFourNodes_LoadsOnce()
    {
        var nodes = await Node.StartManyAsync(4, _redis.ConnectionString, Node.Patient);
        var loads = 0;
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var reads = nodes.SelectMany(node => Enumerable.Range(0, 64).Select(_ => node.Cache.GetOrCreateAsync("product:42", async _ =>
        {
            Interlocked.Increment(ref loads);
            started.TrySetResult();
            await release.Task;
            return "value";
        }).AsTask())).ToArray();
        await started.Task;
        // Not all of them join: the first use of a tag is pushed like a change, and a caller after it starts a flight that waits for the lease.
        await Until.TrueAsync(() => nodes.Sum(node => node.Inner.GetStatistics().Total.Joined) >= 4 * 50);
        release.SetResult();
        Assert.All(await Task.WhenAll(reads), value => Assert.Equal("value", value));
        Assert.Equal(1, loads);
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    [RedisFact]
    public async Task Remove_OnOneNode_EndsTheCopyOfAnother()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await using var b = await Node.StartAsync(_redis.ConnectionString);
        var current = "old";
        ValueTask<string> Read(Node node) => node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult(current));
        Assert.Equal("old", await Read(a));
        Assert.Equal("old", await Read(b));
        Assert.Equal("old", await Read(b));
        current = "new";
        await a.Cache.RemoveAsync("product:1");
        Assert.Equal("new", await Read(a));
        await Until.TrueAsync(async () => await Read(b) == "new");
    }

    [RedisFact]
    public async Task ForeignDelete_EndsEveryCopy()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        Assert.Equal("old", await a.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("old")));
        await _redis.CommandAsync("DEL {hs:v1:product:1}");
        await Until.TrueAsync(async () => await a.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("new")) == "new");
    }

    [RedisFact]
    public async Task RemoveByTag_OnOneNode_HidesEntriesOnAnother()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await using var b = await Node.StartAsync(_redis.ConnectionString);
        var current = "old";
        ValueTask<string> Read(Node node) => node.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult(current), tags: ["category:audio"]);
        Assert.Equal("old", await Read(a));
        Assert.Equal("old", await Read(b));
        current = "new";
        await a.Cache.RemoveByTagAsync("category:audio");
        Assert.Equal("new", await Read(a));
        await Until.TrueAsync(async () => await Read(b) == "new");
    }

    [RedisFact]
    public async Task Remove_DuringALoadElsewhere_KeepsItsResultOutOfTheCache()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString, Node.Patient);
        await using var b = await Node.StartAsync(_redis.ConnectionString, Node.Patient);
        var loading = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var old = b.Cache.GetOrCreateAsync("product:1", async _ =>
        {
            loading.SetResult();
            await release.Task;
            return "old";
        }).AsTask();
        await loading.Task;
        await a.Cache.RemoveAsync("product:1");
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await a.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("new")));
        Assert.Equal("new", await b.Cache.GetOrCreateAsync("product:1", _ => ValueTask.FromResult("other")));
    }

    [RedisFact]
    public async Task Redis_KilledAndBack_NoReadFailsAndHitsReturn()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString, Node.Patient);
        var loads = 0;
        ValueTask<string> Read(string key) => a.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult($"v{Interlocked.Increment(ref loads)}"));
        await Read("product:1");
        await _redis.KillAsync();
        for (var i = 0; i < 200; i++)
            await Read($"product:{i}");
        await _redis.RestartAsync();
        await Until.TrueAsync(() => a.Inner.RemoteState == "closed" && a.Inner.CoherenceName == "tracking");
        var first = await Read("product:x");
        await using var b = await Node.StartAsync(_redis.ConnectionString, Node.Patient);
        Assert.Equal(first, await b.Cache.GetOrCreateAsync("product:x", _ => ValueTask.FromResult("own")));
    }

    [RedisFact]
    public async Task Remove_WithRedisAwayAndNoReadsAfter_IsReplayedAtItsReturn()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString);
        await _redis.KillAsync();
        await a.Cache.RemoveAsync("product:1");
        Assert.Equal(1, a.Inner.GetStatistics().PendingInvalidations);
        Assert.Equal("closed", a.Inner.RemoteState);
        await _redis.RestartAsync();
        await Until.TrueAsync(() => a.Inner.GetStatistics().PendingInvalidations == 0);
    }

    [RedisFact]
    public async Task GetOrCreateMany_SomeThere_LoadsTheRestInOneCall()
    {
        await using var a = await Node.StartAsync(_redis.ConnectionString, Node.Patient);
        await a.Cache.SetAsync("product:1", "one");
        var calls = new List<IReadOnlyList<int>>();
        var found = await a.Cache.GetOrCreateManyAsync([1, 2, 3, 99], static id => $"product:{id}", calls, static (ids, calls, _) =>
        {
            calls.Add(ids);
            return ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.Where(id => id != 99).ToDictionary(id => id, id => $"loaded {id}"));
        });
        Assert.Equal([2, 3, 99], Assert.Single(calls));
        Assert.Equal(["one", "loaded 2", "loaded 3"], new[] { 1, 2, 3 }.Select(id => found[id]));
        Assert.False(found.ContainsKey(99));
        Assert.Equal("loaded 2", (await a.Cache.TryGetAsync<string>("product:2")).Value);
    }
}
