using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Races;

public abstract partial class RaceTests
{
    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row10_TagRemovedElsewhereWhileAFillRuns_HidesItsResult(bool streamIsLate)
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "p:other", "t");
        if (streamIsLate)
            storeOfA.Stream.Hold();
        var (old, release) = await BeginLoadAsync(a, "p:1", "t");
        _value = "new";
        await b.Cache.RemoveByTagAsync("t");
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(b, "p:1", "t"));
        storeOfA.Stream.Deliver();
        await Until.TrueAsync(async () => await ReadAsync(a, "p:1", "t") == "new");
    }

    [RedisFact]
    public async Task Row10_TagKnownOnlyFromTheResult_RemovedWhileTheFillRan_HidesItsResult()
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource();
        var old = a.Cache.GetOrCreateAsync("p:1", 0, async (context, _, _) =>
        {
            began.SetResult();
            await release.Task;
            context.AddTag("late");
            return "old";
        }).AsTask();
        await began.Task;
        _value = "new";
        await b.Cache.RemoveByTagAsync("late");
        release.SetResult();
        Assert.Equal("old", await old);
        Assert.Equal("new", await ReadAsync(b));
        await Until.TrueAsync(async () => await ReadAsync(a) == "new");
    }

    [RedisFact]
    public async Task Row10_TagKnownOnlyFromTheResult_UsedForTheFirstTimeByALaterFill_HidesNothing()
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        static async ValueTask<string> Load(CacheFillContext context, (TaskCompletionSource Began, Task Release) gate, CancellationToken _)
        {
            gate.Began.TrySetResult();
            await gate.Release;
            context.AddTag("late");
            return context.Key;
        }

        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource();
        var first = a.Cache.GetOrCreateAsync("p:1", (began, release.Task), Load).AsTask();
        await began.Task;
        await b.Cache.GetOrCreateAsync("p:2", (new TaskCompletionSource(), Task.CompletedTask), Load);
        release.SetResult();
        await first;
        Assert.True((await b.Cache.TryGetAsync<string>("p:1")).Found);
        Assert.True((await a.Cache.TryGetAsync<string>("p:2")).Found);
        await a.Cache.RemoveByTagAsync("late");
        Assert.False((await a.Cache.TryGetAsync<string>("p:1")).Found);
        await Until.TrueAsync(async () => !(await b.Cache.TryGetAsync<string>("p:2")).Found);
    }

    [RedisFact]
    public async Task Row11_ASecondRemovalsPushOvertakesTheAnswerAboutTheFirst_TheSecondCounts()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "p:1", "t");
        var answer = storeOfA.HoldAfter(RemoteOperation.ReadTags);
        await b.Cache.RemoveByTagAsync("t");
        await answer.Reached;
        _value = "between";
        Assert.Equal("between", await ReadAsync(b, "p:1", "t"));
        var told = storeOfA.Stream.Told;
        _value = "new";
        await b.Cache.RemoveByTagAsync("t");
        await Until.TrueAsync(() => storeOfA.Stream.Told > told);
        var next = storeOfA.HoldBefore(RemoteOperation.ReadTags);
        answer.Open();
        // The answer about the first removal has come. The second one is known by name only.
        await next.Reached;
        Assert.False(a.Inner.Tags.Knows("p", ["t"]));
        next.Open();
        Assert.Equal("new", await Soon(ReadAsync(a, "p:1", "t")));
        Assert.Equal("new", await ReadAsync(b, "p:1", "t"));
    }

    [RedisFact]
    public async Task Row11_PushesOvertakeEveryAnswer_TheEntryIsFoundAllTheSame()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(b, "p:1", "t");
        // As on a busy fleet: whenever we ask, some other tag was removed meanwhile.
        storeOfA.AfterTags = observer => observer.OnTagChanged("t:other");
        Assert.True((await a.Cache.TryGetAsync<string>("p:1")).Found);
        storeOfA.AfterTags = null;
    }

    [RedisFact]
    public async Task Row10_OtherTagsRemovedElsewhere_CostAnEntryNoSlowLook()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "p:1", "t");
        await UntilLocalAsync(a);
        var told = storeOfA.Stream.Told;
        await b.Cache.RemoveByTagAsync("other");
        await Until.TrueAsync(() => storeOfA.Stream.Told > told);
        Func<int, CancellationToken, ValueTask<string>> load = static (_, _) => ValueTask.FromResult("");
        await a.Cache.GetOrCreateAsync("p:1", 0, load);
        await Until.TrueAsync(() => a.Inner.Tags.Knows("p", ["t"]));
        // Whatever else was removed, this entry need not wait for the ledger.
        var ledger = storeOfA.HoldBefore(RemoteOperation.ReadTags);
        await b.Cache.RemoveByTagAsync("another");
        await ledger.Reached;
        await Until.TrueAsync(() => a.Inner.Local.Find("p:1")!.TagEpoch != a.Inner.Tags.Epoch);
        // A thread's first hit of a family makes a cell for its count.
        a.Inner.Local.Find("p:1")!.Family.Counters.LocalHits.Increment();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = a.Cache.GetOrCreateAsync("p:1", 0, load);
        var (isSynchronous, allocated) = (read.IsCompletedSuccessfully, GC.GetAllocatedBytesForCurrentThread() - before);
        ledger.Open();
        Assert.True(isSynchronous);
        Assert.Equal(0, allocated);
        Assert.Equal("old", await read);
    }

    [RedisFact]
    public async Task Row10_TagUsedForTheFirstTime_IsReportedToNobody()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, storeOfB) = await NodeAsync();
        await ReadAsync(b, "p:0", "first");
        await Until.TrueAsync(() => a.Inner.Tags.Knows("p", []), what: "the ledger is made and read");
        await Until.TrueAsync(() => storeOfB.Count(RemoteOperation.ReadTags) > 1);
        var epoch = a.Inner.Tags.Epoch;
        var removals = storeOfB.Count(RemoteOperation.RemoveTags) + storeOfB.Count(RemoteOperation.RestoreTags);
        for (var i = 1; i < 20; i++)
            await ReadAsync(b, $"p:{i}", $"new{i}");
        await Until.TrueAsync(() => storeOfA.Stream.Told >= 20);
        Assert.Equal(epoch, a.Inner.Tags.Epoch);
        Assert.Equal(removals, storeOfB.Count(RemoteOperation.RemoveTags) + storeOfB.Count(RemoteOperation.RestoreTags));
    }

    [RedisFact]
    public async Task Row11_AnotherNodesRemovalOvertakesTheAnswerToOurs_OursIsNotBelieved()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "p:other", "t");
        var answer = storeOfA.HoldAfter(RemoteOperation.RemoveTags);
        var removing = a.Cache.RemoveByTagAsync("t").AsTask();
        await answer.Reached;
        // Filled after A's removal and before B's.
        await ReadAsync(b, "p:1", "t");
        var told = storeOfA.Stream.Told;
        _value = "new";
        await b.Cache.RemoveByTagAsync("t");
        await Until.TrueAsync(() => storeOfA.Stream.Told > told);
        answer.Open();
        await removing;
        Assert.Equal("new", await ReadAsync(a, "p:1", "t"));
    }

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row36_AnotherTagRemovedWhileAFillRuns_LaterCallersJoinTheFill(bool isRemovedElsewhere)
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        var (first, release) = await BeginLoadAsync(a, "p:1", "t");
        var told = storeOfA.Stream.Told;
        await (isRemovedElsewhere ? b : a).Cache.RemoveByTagAsync("other");
        await Until.TrueAsync(() => storeOfA.Stream.Told > told);
        var single = a.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("loaded twice"), tags: ["t"]).AsTask();
        var batch = a.Cache.GetOrCreateManyAsync([1], static id => $"p:{id}", 0, ValueTask<IReadOnlyDictionary<int, string>> (_, _, _) => throw new InvalidOperationException("loaded twice")).AsTask();
        release.SetResult();
        Assert.Equal("old", await first);
        Assert.Equal("old", await single.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("old", (await batch.WaitAsync(TimeSpan.FromSeconds(60)))[1]);
    }

    [RedisTheory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Row36_TagOfARunningFillRemoved_LaterCallersLoadAgain(bool isRemovedElsewhere, bool isKnownOnlyFromTheResult)
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = a.Cache.GetOrCreateAsync("p:1", 0, async (context, _, _) =>
        {
            began.SetResult();
            await release.Task;
            context.AddTag("t");
            return "old";
        }, tags: isKnownOnlyFromTheResult ? null : ["t"]).AsTask();
        await began.Task;
        var told = storeOfA.Stream.Told;
        await (isRemovedElsewhere ? b : a).Cache.RemoveByTagAsync("t");
        await Until.TrueAsync(() => storeOfA.Stream.Told > told);
        _value = "new";
        var single = ReadAsync(a, "p:1", "t").AsTask();
        var batch = a.Cache.GetOrCreateManyAsync([1], static id => $"p:{id}", 0, static (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(static id => id, static _ => "new"))).AsTask();
        release.SetResult();
        Assert.Equal("old", await first);
        Assert.Equal("new", await single.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal("new", (await batch.WaitAsync(TimeSpan.FromSeconds(60)))[1]);
    }

    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row41_TagRemovedBetweenPositionAndSet_TheValueIsNotServed(bool isRemovedElsewhere)
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "p:other", "t");
        var since = await a.Cache.GetPositionAsync("p:1");
        await (isRemovedElsewhere ? b : a).Cache.RemoveByTagAsync("t");
        await Until.TrueAsync(() => a.Inner.Tags.Position > since && b.Inner.Tags.Position > since);
        // By a caller who has loaded after the removal; the other one, who is later, has nothing better.
        await b.Cache.SetAsync("p:1", "new", await b.Cache.GetPositionAsync("p:1"), tags: ["t"]);
        await a.Cache.SetAsync("p:1", "old", since, tags: ["t"]);
        foreach (var node in new[] { a, b })
            Assert.Equal("new", (await Soon(node.Cache.TryGetAsync<string>("p:1"))).Value);
    }

    [RedisFact]
    public async Task Row41_RemovalOnItsWayToTheNodeThatSets_TheValueIsNotServed()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        // So that the tag's removals are reported at all.
        await ReadAsync(a, "p:other", "t");
        var since = await a.Cache.GetPositionAsync("p:1");
        storeOfA.Stream.Hold();
        await b.Cache.RemoveByTagAsync("t");
        await a.Cache.SetAsync("p:1", "old", since, tags: ["t"]);
        Assert.False((await Soon(b.Cache.TryGetAsync<string>("p:1"))).Found);
        storeOfA.Stream.Deliver();
        await Until.TrueAsync(async () => !(await a.Cache.TryGetAsync<string>("p:1")).Found);
    }

    [RedisFact]
    public async Task Row41_OtherTagsRemovedBetweenPositionAndSet_TheValueIsServed()
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await b.Cache.RemoveByTagAsync("t");
        // A tag that the node has not used yet is not reported to it, but read within a second.
        await Until.TrueAsync(() => a.Inner.Tags.Position >= b.Inner.Tags.Position);
        var since = await a.Cache.GetPositionAsync("p:1");
        await b.Cache.RemoveByTagAsync("other");
        await a.Cache.SetAsync("p:1", "new", since, tags: ["t"]);
        foreach (var node in new[] { a, b })
            Assert.Equal("new", (await Soon(node.Cache.TryGetAsync<string>("p:1"))).Value);
    }

    [RedisFact]
    public async Task Row12_EntryFilledUnderANewerStampThanWeKnow_IsReadAgainAndUsed()
    {
        var (a, storeOfA) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await ReadAsync(a, "p:other", "t");
        storeOfA.Stream.Hold();
        await b.Cache.RemoveByTagAsync("t");
        _value = "new";
        await ReadAsync(b, "p:1", "t");
        Assert.Equal("new", await Soon(a.Cache.GetOrCreateAsync("p:1", ValueTask<string> (_) => throw new InvalidOperationException("it counts"), tags: ["t"])));
        storeOfA.Stream.Deliver();
    }
}
