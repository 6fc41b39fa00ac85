using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Races;

public abstract partial class RaceTests
{
    private long _version = 1;
    private int _loads;

    private ValueTask<string> ReadVersionedAsync(Node node, string key = "p:1") => node.Cache.GetOrCreateAsync(key, 0, (fill, _, _) =>
    {
        fill.Version = _version;
        Interlocked.Increment(ref _loads);
        return ValueTask.FromResult($"v{_version}");
    });

    /// <summary>Starts a load that stands still once it has read the origin.</summary>
    private static async Task<(Task<string> Read, TaskCompletionSource Release)> BeginVersionedLoadAsync(Node node, long version)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = node.Cache.GetOrCreateAsync("p:1", 0, async (fill, _, _) =>
        {
            began.TrySetResult();
            await release.Task;
            fill.Version = version;
            return version == 0 ? "unversioned" : $"v{version}";
        }).AsTask();
        await began.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return (read, release);
    }

    [RedisFact]
    public async Task Row30_TheSameChangeToldTwice_IsFilledOnceAndReportedOnce()
    {
        var (a, storeOfA) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        Assert.Equal("v1", await ReadVersionedAsync(a));
        _version = 2;
        await a.Cache.RemoveOlderAsync("p:1", 2);
        Assert.Equal("v2", await ReadVersionedAsync(a));
        Assert.Equal(2, _loads);
        await UntilLocalAsync(a);
        await ExpectNoReportAsync(storeOfA, () => feed.Cache.RemoveOlderAsync("p:1", 2));
        Assert.True(IsLocal(a));
        Assert.Equal("v2", await ReadVersionedAsync(feed));
        Assert.Equal(2, _loads);
    }

    [RedisFact]
    public async Task RemoveOlder_ManyKeysAtOnce_ChecksEachByItsOwnVersion()
    {
        var (a, _) = await NodeAsync();
        var keys = Enumerable.Range(1, 120).Select(id => $"p:{id}").ToList();
        _version = 5;
        foreach (var key in keys)
            await ReadVersionedAsync(a, key);
        _version = 9;
        // Every third one is older than what is removed.
        await a.Cache.RemoveOlderAsync(keys.Select((key, i) => KeyValuePair.Create(key, i % 3 == 0 ? 9L : 5L)));
        foreach (var (i, key) in keys.Index())
            Assert.Equal(i % 3 == 0 ? "v9" : "v5", await ReadVersionedAsync(a, key));
        Assert.Equal(160, _loads);
    }

    [RedisFact]
    public async Task Row30_TheSameChangeToldTwiceBeforeAnyRead_IsReportedOnce()
    {
        var (a, storeOfA) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        await a.Cache.RemoveOlderAsync("p:1", 2);
        await ExpectNoReportAsync(storeOfA, () => feed.Cache.RemoveOlderAsync("p:1", 2));
        _version = 2;
        Assert.Equal("v2", await ReadVersionedAsync(a));
    }

    [RedisFact]
    public async Task Row30_ALaterChange_RemovesTheEntryEverywhere()
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        Assert.Equal("v1", await ReadVersionedAsync(a));
        Assert.Equal("v1", await ReadVersionedAsync(b));
        _version = 3;
        await b.Cache.RemoveOlderAsync("p:1", 3);
        Assert.Equal("v3", await ReadVersionedAsync(b));
        await Until.TrueAsync(async () => await ReadVersionedAsync(a) == "v3");
        Assert.Equal(2, _loads);
    }

    [RedisFact]
    public async Task Row31_RemovalWhileAFillHasTheNewVersion_TheFillIsStored()
    {
        var (a, _) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        var (read, release) = await BeginVersionedLoadAsync(a, 2);
        await feed.Cache.RemoveOlderAsync("p:1", 2);
        release.SetResult();
        Assert.Equal("v2", await read);
        Assert.Equal("v2", await Soon(ReadVersionedAsync(feed)));
        Assert.Equal(0, _loads);
    }

    [RedisTheory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Row31_RemovalWhileAFillHasAnOlderOrUnknownVersion_TheFillIsNotStored(long version)
    {
        var (a, _) = await NodeAsync();
        var (feed, _) = await NodeAsync();
        var (read, release) = await BeginVersionedLoadAsync(a, version);
        await feed.Cache.RemoveOlderAsync("p:1", 2);
        release.SetResult();
        await read;
        _version = 2;
        Assert.Equal("v2", await Soon(ReadVersionedAsync(feed)));
        Assert.Equal("v2", await Soon(ReadVersionedAsync(a)));
    }

    [RedisFact]
    public async Task Row31_RefusedFill_WakesTheProcessesThatWait()
    {
        var (a, _) = await NodeAsync();
        // Without a running clock the poll never comes: only the push can end the wait.
        var (b, storeOfB) = await NodeAsync(new ManualTimeProvider());
        var (read, release) = await BeginVersionedLoadAsync(a, 1);
        await a.Cache.RemoveOlderAsync("p:1", 2);
        _version = 2;
        var waiting = ReadVersionedAsync(b);
        await Until.TrueAsync(() => storeOfB.Count(RemoteOperation.Acquire) >= 2);
        release.SetResult();
        await read;
        Assert.Equal("v2", await Soon(waiting));
    }

    [RedisFact]
    public async Task Row32_FillThatBeganAfterARemovalAndReadAnOldReplica_IsNotStored()
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        await a.Cache.RemoveOlderAsync("p:1", 2);
        // The origin's replica is behind: it gives what the removal was about.
        Assert.Equal("v1", await ReadVersionedAsync(a));
        _version = 2;
        Assert.Equal("v2", await ReadVersionedAsync(b));
        Assert.Equal("v2", await ReadVersionedAsync(a));
    }

    [RedisFact]
    public async Task Row32_RefreshThatReadAnOldReplica_DoesNotReplaceTheNewerValue()
    {
        var (a, _) = await NodeAsync();
        var (b, _) = await NodeAsync();
        _version = 5;
        Assert.Equal("v5", await ReadVersionedAsync(a));
        await a.Cache.RefreshAsync("p:1", 0, (fill, _, _) =>
        {
            fill.Version = 4;
            return ValueTask.FromResult("v4");
        });
        Assert.Equal("v5", await ReadVersionedAsync(b));
        Assert.Equal(1, _loads);
    }

    [RedisFact]
    public async Task Row30_ChangeOfUnknownVersion_RemovesWhateverIsThere()
    {
        var (a, _) = await NodeAsync();
        await ReadVersionedAsync(a);
        await a.Cache.RemoveOlderAsync("p:1", 0);
        await ReadVersionedAsync(a);
        Assert.Equal(2, _loads);
    }

    [RedisFact]
    public async Task Row30_VersionsBeyond53Bits_AreCompared()
    {
        var (a, _) = await NodeAsync();
        _version = long.MaxValue - 1;
        await ReadVersionedAsync(a);
        await a.Cache.RemoveOlderAsync("p:1", long.MaxValue - 1);
        await ReadVersionedAsync(a);
        Assert.Equal(1, _loads);
        await a.Cache.RemoveOlderAsync("p:1", long.MaxValue);
        await ReadVersionedAsync(a);
        Assert.Equal(2, _loads);
        // Not stored: older than the removal. So it is loaded again.
        await ReadVersionedAsync(a);
        Assert.Equal(3, _loads);
    }

    [RedisTheory]
    [InlineData("*")]
    [InlineData("p")]
    public async Task Row42_OriginGoesBackToAnOlderVersion_IsCachedAgainAfterItsFamilyIsRemoved(string removed)
    {
        var (a, store) = await NodeAsync();
        _version = 5;
        await ReadVersionedAsync(a);
        await AgeAsync(store, TimeSpan.FromSeconds(61));
        await (removed == "*" ? a.Cache.BumpVersionAsync() : a.Cache.RemoveFamilyAsync(removed));
        _version = 3;
        // The first one finds the frame in its way.
        await Until.TrueAsync(async () =>
        {
            var before = _loads;
            Assert.Equal("v3", await ReadVersionedAsync(a));
            return _loads == before;
        });
    }

    [RedisTheory]
    [InlineData("*")]
    [InlineData("p")]
    public async Task Row42_ReplicaThatIsBehindAfterItsFamilyIsRemoved_ReplacesNothing(string removed)
    {
        var (a, store) = await NodeAsync();
        _version = 5;
        await ReadVersionedAsync(a);
        await (removed == "*" ? a.Cache.BumpVersionAsync() : a.Cache.RemoveFamilyAsync(removed));
        _version = 3;
        // What it finds decides whether it removes the frame.
        var seen = store.HoldAfter(RemoteOperation.Peek);
        Assert.Equal("v3", await ReadVersionedAsync(a));
        await seen.Reached;
        seen.Open();
        for (var i = 0; i < 5; i++)
        {
            var before = _loads;
            Assert.Equal("v3", await ReadVersionedAsync(a));
            Assert.Equal(before + 1, _loads);
        }

        Assert.NotNull(await store.PeekAsync(new("p:1", null)));
    }

    [RedisFact]
    public async Task Row32_OlderVersionWhereATagAloneWasRemoved_ReplacesNothing()
    {
        var (a, storeOfA) = await NodeAsync();
        ValueTask<string> ReadAsync(long version) => a.Cache.GetOrCreateAsync("p:1", version, (fill, version, _) =>
        {
            fill.Version = version;
            fill.AddTag("t");
            return ValueTask.FromResult($"v{version}");
        });
        await ReadAsync(5);
        await a.Cache.RemoveByTagAsync("t");
        // As by a replica of the origin that is behind.
        Assert.Equal("v3", await ReadAsync(3));
        Assert.NotNull(await storeOfA.PeekAsync(new("p:1", null)));
    }

    /// <summary>A change of another key is reported after whatever the action reports, on the same connection.</summary>
    private static async Task ExpectNoReportAsync(GatedStore store, Func<ValueTask> action, params string[] tags)
    {
        var run = $"{Guid.NewGuid():N}";
        await ReportAsync(store, $"before:{run}");
        var before = Tellings();
        await action();
        await ReportAsync(store, $"after:{run}");
        Assert.Equal(before, Tellings());

        int Tellings() => tags.Length == 0 ? store.Stream.TellingsOf("p:1") : tags.Sum(store.Stream.TellingsOfTag);

        static async Task ReportAsync(GatedStore store, string key)
        {
            await store.InvalidateAsync([new(key, null)]);
            await Until.TrueAsync(() => store.Stream.TellingsOf(key) > 0);
        }
    }
}
