using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Liveness;

/// <summary>A loader that reads the cache never waits for a place of a fill gate: it holds one already.</summary>
public sealed class NestedLoadTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static Node Start(bool isShared, Action<HotShelfCachingOptions>? configure = null) =>
        isShared ? Node.Over(new FakeRemoteStore(new FakeRemoteServer(TimeProvider.System)), null, configure) : Node.StartAsync(null, configure).GetAwaiter().GetResult();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_AThousandLoadersReadOtherKeysThreeLevelsDeep_AllEnd(bool isShared)
    {
        await using var node = Start(isShared);

        async ValueTask<int> LoadAsync(string name, int level)
        {
            await Task.Yield();
            if (level == 3)
                return 1;
            var same = await node.Cache.GetOrCreateAsync($"same:{name}.{level}", _ => LoadAsync(name, level + 1));
            var other = await node.Cache.GetOrCreateAsync($"level{level}:{name}", _ => LoadAsync(name + "o", level + 1));
            var many = await node.Cache.GetOrCreateManyAsync([1, 2], id => $"same:{name}.{level}.{id}", 0, async (ids, _, _) =>
            {
                var loaded = await LoadAsync(name + "m", level + 1);
                return (IReadOnlyDictionary<int, int>)ids.ToDictionary(id => id, _ => loaded);
            });
            return same + other + many.Values.Sum();
        }

        var reads = Enumerable.Range(0, 1000).Select(i => node.Cache.GetOrCreateAsync($"same:{i}", _ => LoadAsync($"{i}", 1)).AsTask());

        Assert.All(await Task.WhenAll(reads).WaitAsync(s_limit), sum => Assert.Equal(16, sum));
        Assert.Equal(0, node.Inner.RunningFlights);
        Assert.Equal(3, await node.Cache.GetOrCreateAsync("same:later", _ => ValueTask.FromResult(3)).AsTask().WaitAsync(s_limit));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_LoaderReadsAKeyWhoseFillIsQueued_TheQueuedFillRuns(bool isShared)
    {
        await using var node = Start(isShared, options => options.Families["narrow"] = new CachePolicy { MaximumConcurrentFills = 1 });
        var asks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var outer = node.Cache.GetOrCreateAsync("narrow:outer", async token =>
        {
            began.SetResult();
            await asks.Task;
            var one = await node.Cache.GetOrCreateAsync<string>("narrow:queued", _ => throw new InvalidOperationException("another caller loads this key"), cancellationToken: token);
            var many = await node.Cache.GetOrCreateManyAsync<int, int, string>([1], id => $"narrow:queued{id}", 0, (_, _, _) => throw new InvalidOperationException("another caller loads this key"), cancellationToken: token);
            return one + many[1];
        }).AsTask();
        await began.Task.WaitAsync(s_limit);
        var single = node.Cache.GetOrCreateAsync("narrow:queued", _ => ValueTask.FromResult("a")).AsTask();
        var batch = node.Cache.GetOrCreateManyAsync([1, 2], id => $"narrow:queued{id}", 0,
            (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(id => id, _ => "b"))).AsTask();
        await Until.TrueAsync(() => node.Inner.Families.Of("narrow:").Gate.Queued == 2);

        asks.SetResult();

        Assert.Equal("ab", await outer.WaitAsync(s_limit));
        Assert.Equal("a", await single.WaitAsync(s_limit));
        Assert.Equal(2, (await batch.WaitAsync(s_limit)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_LoaderRequestsItsOwnKey_Throws(bool isShared)
    {
        await using var node = Start(isShared);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            node.Cache.GetOrCreateAsync("own:1", async token => await node.Cache.GetOrCreateAsync("own:1", _ => ValueTask.FromResult(1), cancellationToken: token)).AsTask().WaitAsync(s_limit));

        Assert.Contains("the key that it is loading", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, await node.Cache.GetOrCreateAsync("own:1", _ => ValueTask.FromResult(2)).AsTask().WaitAsync(s_limit));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetOrCreate_LoaderAsksForItsOwnKeyThroughOthers_Throws(bool isShared)
    {
        await using var node = Start(isShared);

        ValueTask<IReadOnlyDictionary<int, int>> ReadMany() => node.Cache.GetOrCreateManyAsync([1, 2], id => $"many:{id}", 0, async (ids, _, token) =>
        {
            var value = await node.Cache.GetOrCreateAsync("other:1", async _ => (await ReadMany()).Count, cancellationToken: token);
            return (IReadOnlyDictionary<int, int>)ids.ToDictionary(id => id, _ => value);
        });

        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadMany().AsTask().WaitAsync(s_limit));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            node.Cache.RefreshAsync("own:1", 0, async (_, _, token) => await node.Cache.RefreshAsync("own:1", 0, (_, _, _) => ValueTask.FromResult(1), cancellationToken: token)).AsTask().WaitAsync(s_limit));
    }

    [Fact]
    public async Task GetOrCreate_WorkThatALoaderStartedAndThatOutlivesIt_IsNoLongerPartOfIt()
    {
        await using var node = Start(isShared: false, options => options.Families["narrow"] = new CachePolicy { MaximumConcurrentFills = 1, Fresh = TimeSpan.Zero });
        var hasEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int>? later = null;
        await node.Cache.GetOrCreateAsync("narrow:1", _ =>
        {
            later = Task.Run(async () =>
            {
                await hasEnded.Task;
                return await node.Cache.GetOrCreateAsync("narrow:1", _ => ValueTask.FromResult(2));
            });
            return ValueTask.FromResult(1);
        });
        var release = new TaskCompletionSource<int>();
        var holder = node.Cache.GetOrCreateAsync("narrow:2", _ => new ValueTask<int>(release.Task)).AsTask();

        hasEnded.SetResult();

        await Until.TrueAsync(() => node.Inner.Families.Of("narrow:").Gate.Queued == 1);
        release.SetResult(3);
        Assert.Equal(2, await later!.WaitAsync(s_limit));
        Assert.Equal(3, await holder.WaitAsync(s_limit));
    }
}
