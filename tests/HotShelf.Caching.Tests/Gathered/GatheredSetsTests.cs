using System.Text;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Gathered;

/// <summary>Values that are set over real Redis: alone, or many in one script, and always before what comes after them.</summary>
public sealed class GatheredSetsTests : GatheredTests
{
    private static readonly HotShelfCachingOptions s_options = new();
    private readonly RedisKeys _keys = new(s_options.Prefix, s_options.Version);
    private RedisStore? _store;

    private RedisStore Store => _store!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (RedisServer.Missing is not null)
            return;
        _store = new RedisStore(RedisConnection.Shared(Client, ConfigurationOptions.Parse(Redis.ConnectionString)), _keys, coherence: null, s_options);
        // Redis has the scripts from then on. The first value is what connects.
        await SetAsync(0, "first");
        await SetAsync(0, "second");
        await Store.InvalidateAsync([Key(0)]);
        await ForgetCallsAsync();
    }

    [RedisFact]
    public async Task OneAfterTheOther_AreOneScriptEach()
    {
        for (var i = 0; i < 10; i++)
            await SetAsync(i, $"value {i}");
        Assert.Equal(10, await ScriptsAsync());
        Assert.Equal("value 7", await ReadAsync(7));
    }

    [RedisFact]
    public async Task WhileOneIsOnItsWay_OthersAreGathered_EachWithItsValueAndLifetime()
    {
        await Redis.PauseAsync();
        var sets = Enumerable.Range(0, 300).Select(i => SetAsync(i, $"value {i}", i % 2 == 0 ? null : TimeSpan.FromSeconds(1_000 + i))).ToList();
        await Redis.ResumeAsync();
        await Task.WhenAll(sets);
        Assert.InRange(await ScriptsAsync(), 1, 299);
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal($"value {i}", await ReadAsync(i));
            var lifetime = await Database.KeyTimeToLiveAsync(_keys.Frame(Key(i)));
            Assert.Equal(i % 2 == 0, lifetime is null);
            if (lifetime is { } left)
                Assert.InRange(left, TimeSpan.FromSeconds(i), TimeSpan.FromSeconds(1_000 + i));
        }
    }

    [RedisFact]
    public async Task Lease_OfAFillThatRuns_IsReleasedByEach()
    {
        for (var i = 0; i < 20; i++)
            Assert.Equal(LeaseStatus.Acquired, (await Store.AcquireAsync(new(Key(i), 1, TimeSpan.FromMinutes(1), null))).Status);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => SetAsync(i, "set")));
        for (var i = 0; i < 20; i++)
        {
            Assert.False(await Store.StoreAsync(new(Key(i), 1, Encoding.UTF8.GetBytes("filled"), null)));
            Assert.Equal("set", await ReadAsync(i));
        }
    }

    /// <summary>A value whose caller gave up is still on its way when the same caller removes it.</summary>
    [RedisFact]
    public async Task RemovalAfterSets_ComesAfterThem()
    {
        for (var round = 0; round < 200; round++)
        {
            var keys = Enumerable.Range(0, 3 + (round % 60)).Select(Key).ToList();
            var sets = keys.Select((_, i) => SetAsync(i, "removed")).ToList();
            await (round % 2 == 0 ? Store.InvalidateAsync(keys) : Store.RemoveOlderAsync([.. keys.Select(key => new VersionedKey(key, 5))]));
            await Task.WhenAll(sets);
            for (var i = 0; i < keys.Count; i++)
                Assert.Null(await ReadAsync(i));
        }
    }

    [RedisFact]
    public async Task RemovalAfterSets_OnAServerThatHasForgottenTheirScript_ComesAfterThem()
    {
        for (var round = 0; round < 20; round++)
        {
            await Redis.CommandAsync("SCRIPT FLUSH");
            var store = new RedisStore(RedisConnection.Shared(Client, ConfigurationOptions.Parse(Redis.ConnectionString)), _keys, coherence: null, s_options);
            await store.InvalidateAsync([Key(0)]);
            var keys = Enumerable.Range(0, 10).Select(Key).ToList();
            var sets = keys.Select(key => store.SetAsync(new(key, 0, Encoding.UTF8.GetBytes("removed"), null))).ToList();
            await store.InvalidateAsync(keys);
            await Task.WhenAll(sets);
            for (var i = 0; i < keys.Count; i++)
                Assert.Null(await ReadAsync(i));
        }
    }

    [RedisFact]
    public async Task SetAfterSet_OfOneKey_TheLaterOneStays()
    {
        for (var round = 0; round < 200; round++)
        {
            var sets = Enumerable.Range(0, 20).Select(i => SetAsync(i % 4, $"value {i}")).ToList();
            await Task.WhenAll(sets);
            for (var i = 0; i < 4; i++)
                Assert.Equal($"value {16 + i}", await ReadAsync(i));
        }
    }

    [RedisFact]
    public async Task LargeValues_AreFewToAScript()
    {
        var large = new string('x', 60_000);
        await Redis.PauseAsync();
        var sets = Enumerable.Range(0, 20).Select(i => SetAsync(i, i % 2 == 0 ? large : "small")).ToList();
        await Redis.ResumeAsync();
        await Task.WhenAll(sets);
        Assert.InRange(await ScriptsAsync(), 10, 20);
        for (var i = 0; i < 20; i++)
            Assert.Equal(i % 2 == 0 ? large : "small", await ReadAsync(i));
    }

    [RedisFact]
    public async Task AServerThatRefusesWrites_RefusesAll()
    {
        await Redis.CommandAsync("REPLICAOF 127.0.0.1 1");
        var sets = Enumerable.Range(0, 20).Select(i => SetAsync(i, "refused")).ToList();
        foreach (var set in sets)
            await Assert.ThrowsAnyAsync<RedisException>(() => set);
        await Redis.CommandAsync("REPLICAOF NO ONE");
        await Until.TrueAsync(async () => await SetAsync(1, "stored").ContinueWith(set => set.IsCompletedSuccessfully, TaskScheduler.Default));
        Assert.Equal("stored", await ReadAsync(1));
    }

    private static RemoteKey Key(int i) => new($"key:{i}", null);

    private Task<bool> SetAsync(int i, string value, TimeSpan? timeToLive = null) => Store.SetAsync(new(Key(i), 0, Encoding.UTF8.GetBytes(value), timeToLive));

    private async Task<string?> ReadAsync(int i) => await Database.StringGetAsync(_keys.Frame(Key(i)));

    private Task<int> ScriptsAsync() => CallsAsync("evalsha");
}
