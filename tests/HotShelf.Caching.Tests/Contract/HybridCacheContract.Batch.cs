using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    private ValueTask<IReadOnlyDictionary<int, T>> ManyAsync<T>(string prefix, int[] ids, Func<IReadOnlyList<int>, ValueTask<IReadOnlyDictionary<int, T>>> load) =>
        Cache.GetOrCreateManyAsync(ids, id => $"{prefix}-{id}", load, static (missing, load, _) => load(missing));

    private static Func<IReadOnlyList<int>, ValueTask<IReadOnlyDictionary<int, string>>> Loading(List<int[]> calls, params int[] absent) => ids =>
    {
        calls.Add([.. ids]);
        return ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.Except(absent).ToDictionary(id => id, id => $"v{id}"));
    };

    [RedisFact]
    public async Task Many_DuplicatesAndAbsent_OneLoadOfWhatIsMissing()
    {
        var prefix = Key();
        var calls = new List<int[]>();
        await Cache.SetAsync($"{prefix}-1", "there");
        var found = await ManyAsync(prefix, [1, 2, 2, 3, 1, 9], Loading(calls, absent: 9));
        Assert.Equal([2, 3, 9], Assert.Single(calls));
        Assert.Equal(["1 there", "2 v2", "3 v3"], found.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"));
        found = await ManyAsync(prefix, [1, 2, 3], Loading(calls));
        Assert.Equal(3, found.Count);
        Assert.Single(calls);
        Assert.Empty(await ManyAsync(prefix, [], Loading(calls)));
    }

    [RedisFact]
    public async Task Many_FamilyRemovedWhileAnotherBatchFindsNothing_IsLoadedAgain()
    {
        var family = $"f{Guid.NewGuid():N}";
        var prefix = $"{family}:k";
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource();
        var calls = new List<int[]>();
        var before = ManyAsync<string>(prefix, [9], async ids =>
        {
            began.SetResult();
            await release.Task;
            return new Dictionary<int, string>();
        }).AsTask();
        await began.Task;
        await Cache.RemoveFamilyAsync(family);
        var after = ManyAsync(prefix, [9], Loading(calls)).AsTask();
        release.SetResult();
        Assert.Empty(await before);
        Assert.Equal("v9", (await after)[9]);
    }

    [RedisFact]
    public async Task Many_AllInL1_IsObservedAsAHit()
    {
        var prefix = Key();
        await Cache.SetAsync($"{prefix}-1", "soon", new() { Expiration = TimeSpan.FromSeconds(30) });
        await ManyAsync(prefix, [1, 2], Loading([]));
        await UntilInL1Async($"{prefix}-1", $"{prefix}-2");
        var observation = CacheObservation.Begin();
        await ManyAsync(prefix, [1, 2, 1], Loading([]));
        Assert.Equal((CacheTier.L1, CacheResult.Hit), (observation.Tier, observation.Result));
        // Of the entry that expires first.
        Assert.InRange(observation.TimeToLive, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [RedisTheory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task Many_OneIsStale_IsDescribedAsStaleInAnyOrder(int first, int second)
    {
        var prefix = Key("graced");
        var notLocal = new HybridCacheEntryOptions { Flags = backend.IsShared ? HybridCacheEntryFlags.DisableLocalCacheWrite : HybridCacheEntryFlags.None };
        await Cache.SetAsync($"{prefix}-1", "stale", notLocal);
        await Cache.ExpireAsync($"{prefix}-1");
        await Cache.SetAsync($"{prefix}-2", "fresh", notLocal);
        var observation = CacheObservation.Begin();
        var found = await ManyAsync<string>(prefix, [first, second], _ => throw new InvalidOperationException("the origin is away"));
        Assert.Equal(["stale", "fresh"], (string[])[found[1], found[2]]);
        Assert.Equal(CacheResult.Stale, observation.Result);
        Assert.True(observation.TimeToLive <= TimeSpan.Zero);
        // A single read afterwards is described by itself.
        await Cache.GetOrCreateAsync($"{prefix}-2", _ => ValueTask.FromResult("other"));
        Assert.Equal(CacheResult.Hit, observation.Result);
    }

    [RedisFact]
    public async Task Many_OneIsAbsent_IsDescribedAsAMissThatIsNotStored()
    {
        var prefix = Key();
        await Cache.SetAsync($"{prefix}-1", "there");
        var observation = CacheObservation.Begin();
        await ManyAsync(prefix, [1, 9], Loading([], absent: 9));
        Assert.Equal((CacheResult.Miss, false, TimeSpan.Zero), (observation.Result, observation.Stored, observation.TimeToLive));
    }

    [RedisFact]
    public async Task Many_LoaderReadsABatchToo_IsDescribedByBoth()
    {
        var prefix = Key();
        await Cache.SetAsync($"{prefix}-1", "soon", new() { Expiration = TimeSpan.FromSeconds(30) });
        await UntilInL1Async($"{prefix}-1");
        var observation = CacheObservation.Begin();
        await ManyAsync<string>(prefix, [1, 2], async _ =>
        {
            var inner = await ManyAsync(prefix, [3], Loading([]));
            return new Dictionary<int, string> { [2] = inner[3] };
        });
        Assert.Equal(CacheResult.Miss, observation.Result);
        Assert.InRange(observation.TimeToLive, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [RedisFact]
    public async Task Many_KeptEntryIsAbsentNow_IsAbsentForSingleReadsToo()
    {
        var prefix = Key("graced");
        await Cache.SetAsync($"{prefix}-1", "old");
        await Cache.ExpireAsync($"{prefix}-1");
        Assert.Empty(await ManyAsync(prefix, [1], Loading([], absent: 1)));
        Assert.Equal("new", await Cache.GetOrCreateAsync($"{prefix}-1", _ => ValueTask.FromResult("new")));
    }

    [RedisFact]
    public async Task Many_AbsentNumber_IsAbsentAndNotZero()
    {
        var found = await ManyAsync<int>(Key(), [1, 2], ids => ValueTask.FromResult<IReadOnlyDictionary<int, int>>(new Dictionary<int, int> { [1] = 0 }));
        Assert.Equal([1], found.Keys);
    }

    [RedisFact]
    public async Task Many_AbsentWithNegativePolicy_IsNotAskedForAgain()
    {
        var prefix = Key("negative");
        var calls = new List<int[]>();
        for (var i = 0; i < 2; i++)
            Assert.False((await ManyAsync(prefix, [1, 9], Loading(calls, absent: 9))).ContainsKey(9));
        Assert.Single(calls);
    }

    [RedisFact]
    public async Task Many_JoinsARunningSingleRead()
    {
        var prefix = Key();
        var load = new HeldLoad();
        var calls = new List<int[]>();
        var single = Cache.GetOrCreateAsync($"{prefix}-1", load.RunAsync).AsTask();
        await load.Started;
        var many = ManyAsync(prefix, [1, 2], Loading(calls)).AsTask();
        await Until.TrueAsync(() => calls.Count > 0);
        load.Release.SetResult();
        Assert.Equal("loaded", (await many)[1]);
        Assert.Equal("loaded", await single);
        Assert.Equal([2], Assert.Single(calls));
    }

    [RedisFact]
    public async Task Many_JoinsABatchWhoseTagWasRemoved_LoadsAllAgainTogether()
    {
        var prefix = Key();
        var load = new HeldLoad();
        ValueTask<IReadOnlyDictionary<int, string>> ReadAsync(Func<IReadOnlyList<int>, ValueTask<IReadOnlyDictionary<int, string>>> load) =>
            Cache.GetOrCreateManyAsync([1, 2], id => $"{prefix}-{id}", load, static (missing, load, _) => load(missing), tags: _ => [prefix]);
        var first = ReadAsync(async ids =>
        {
            var value = await load.RunAsync(CancellationToken.None);
            return ids.ToDictionary(id => id, _ => value);
        }).AsTask();
        await load.Started;
        await Cache.RemoveByTagAsync(prefix);
        var calls = new List<int[]>();
        var second = ReadAsync(Loading(calls)).AsTask();
        load.Release.SetResult();
        Assert.Equal(["loaded", "loaded"], (await first).Values);
        Assert.Equal(["v1", "v2"], (await second).OrderBy(pair => pair.Key).Select(pair => pair.Value));
        Assert.Equal([1, 2], Assert.Single(calls));
    }

    [RedisFact]
    public async Task Many_Running_IsJoinedBySingleReads()
    {
        var prefix = Key();
        var load = new HeldLoad();
        var many = ManyAsync(prefix, [1, 9], async ids =>
        {
            await load.RunAsync(default);
            return (IReadOnlyDictionary<int, string>)new Dictionary<int, string> { [1] = "many" };
        }).AsTask();
        await load.Started;
        var single = Cache.GetOrCreateAsync($"{prefix}-1", NotCalled<string>()).AsTask();
        var absent = Cache.GetOrCreateAsync($"{prefix}-9", Value("own")).AsTask();
        load.Release.SetResult();
        Assert.Equal("many", await single);
        // What the batch did not find is the single reader's to load.
        Assert.Equal("own", await absent);
        Assert.Equal([1], (await many).Keys);
    }

    [RedisFact]
    public async Task Many_FailingLoader_FailsAllThatMissAndNextCallTriesAgain()
    {
        var prefix = Key();
        await Assert.ThrowsAsync<TimeoutException>(async () => await ManyAsync<string>(prefix, [1, 2], _ => throw new TimeoutException()));
        var calls = new List<int[]>();
        Assert.Equal(2, (await ManyAsync(prefix, [1, 2], Loading(calls))).Count);
        Assert.Equal([1, 2], Assert.Single(calls));
    }

    [RedisFact]
    public async Task Many_FailingLoader_ServesStale()
    {
        var prefix = Key("graced");
        await Cache.SetAsync($"{prefix}-1", "old");
        await Cache.ExpireAsync($"{prefix}-1");
        var found = await ManyAsync<string>(prefix, [1], _ => throw new TimeoutException());
        Assert.Equal("old", found[1]);
    }

    [RedisFact]
    public async Task Many_Canceled_CancelsTheLoaderAndLeavesNothingRunning()
    {
        var prefix = Key();
        var load = new HeldLoad();
        using var impatient = new CancellationTokenSource();
        var many = Cache.GetOrCreateManyAsync([1, 2], id => $"{prefix}-{id}", load, static async (ids, held, token) =>
        {
            await held.RunAsync(token);
            return (IReadOnlyDictionary<int, string>)new Dictionary<int, string>();
        }, cancellationToken: impatient.Token).AsTask();
        await load.Started;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => many);
        await UntilLoadingAsync(() => load.IsCanceled);
        Assert.Equal("new", await Cache.GetOrCreateAsync($"{prefix}-1", Value("new")));
    }

    [RedisFact]
    public async Task Many_TagsOfValues_AreRemovable()
    {
        var prefix = Key();
        await Cache.GetOrCreateManyAsync([1, 2], id => $"{prefix}-{id}", 0,
            static (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(id => id, id => $"v{id}")),
            tags: value => [$"{prefix}:{value}"]);
        await Cache.RemoveByTagAsync($"{prefix}:v1");
        Assert.False(await HoldsAsync($"{prefix}-1"));
        Assert.True(await HoldsAsync($"{prefix}-2"));
    }
}
