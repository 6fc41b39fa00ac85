using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    // Keys the cache does not work with; by number, since not every one of them survives a test's name.
    private static string Unusable(int which) => which switch
    {
        0 => null!,
        1 => "",
        2 => " \t",
        3 => "plain:" + new string('k', 200),
        4 => "plain:a\nb",
        5 => "plain:\ud800",
        _ => "plain:\udc00\ud800",
    };

    [RedisTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task UnusableKey_IsServedUncachedEverywhere(int which)
    {
        var key = Unusable(which);
        var loads = 0;
        for (var i = 0; i < 2; i++)
            Assert.Equal(i, await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(loads++)));
        Assert.Equal(2, await Cache.RefreshAsync(key, 0, (_, _, _) => ValueTask.FromResult(loads++)));
        Assert.False((await Cache.TryGetAsync<int>(key)).Found);
        await Cache.SetAsync(key, 7);
        await Cache.ExpireAsync(key);
        await Cache.RemoveAsync(key);
        await Cache.RemoveAsync([key, Key()]);
        Assert.Null(await backend.Node.Inner.DescribeAsync(key));
        var found = await Cache.GetOrCreateManyAsync([1, 2], id => id == 1 ? key : "plain:usable", 0,
            (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, string>>(ids.ToDictionary(id => id, id => $"v{id}")));
        Assert.Equal("v1", found[1]);
        Assert.Equal("v2", found[2]);
        Assert.Empty(await Cache.GetOrCreateManyAsync<int, int, string>([1], _ => key, 0, (_, _, _) => throw new InvalidOperationException("not to be called"), With(HybridCacheEntryFlags.DisableUnderlyingData)));
        Assert.Equal(3, await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(loads++)));
    }

    [RedisFact]
    public async Task UnusableKey_WithoutUnderlyingData_DoesNotLoad() =>
        Assert.Null(await Cache.GetOrCreateAsync("", NotCalled<string?>(), new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData }));

    [RedisTheory]
    [InlineData("plain:{x}")]
    [InlineData("#plain")]
    [InlineData("#t:tag")]
    [InlineData("}")]
    [InlineData("plain:\U0001F600 ü")]
    [InlineData(":")]
    [InlineData("*")]
    public async Task OddKey_IsCachedAndRemoved(string key)
    {
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a")));
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        await Cache.RemoveAsync(key);
        Assert.Equal("b", await Cache.GetOrCreateAsync(key, Value("b")));
        Assert.Equal("b", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        await Cache.RemoveAsync(key);
    }
}
