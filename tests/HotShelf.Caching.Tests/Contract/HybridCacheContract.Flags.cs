using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    private HybridCacheEntryFlags L2Only => backend.IsShared ? HybridCacheEntryFlags.DisableLocalCacheRead : HybridCacheEntryFlags.None;

    private static HybridCacheEntryOptions With(HybridCacheEntryFlags flags) => new() { Flags = flags };

    [RedisFact]
    public async Task DisableLocalCacheRead_SkipsL1()
    {
        var key = Key();
        await Cache.SetAsync(key, "a");
        var observation = CacheObservation.Begin();
        var read = await Cache.GetOrCreateAsync(key, Value("b"), With(HybridCacheEntryFlags.DisableLocalCacheRead));
        Assert.Equal(backend.IsShared ? (CacheTier.L2, "a") : (CacheTier.Origin, "b"), (observation.Tier, read));
    }

    [RedisFact]
    public async Task DisableLocalCacheWrite_LeavesL1Empty()
    {
        var key = Key();
        await Cache.GetOrCreateAsync(key, Value("a"), With(HybridCacheEntryFlags.DisableLocalCacheWrite));
        Assert.Equal(backend.IsShared, (await Cache.TryGetAsync<string>(key)).Found);
        key = Key();
        await Cache.SetAsync(key, "a", With(HybridCacheEntryFlags.DisableLocalCacheWrite));
        Assert.Equal(backend.IsShared, (await Cache.TryGetAsync<string>(key)).Found);
    }

    [RedisFact]
    public async Task DisableDistributedCacheRead_SkipsL2()
    {
        var key = Key();
        await Cache.SetAsync(key, "a", With(HybridCacheEntryFlags.DisableLocalCacheWrite));
        Assert.Equal("b", await Cache.GetOrCreateAsync(key, Value("b"), With(HybridCacheEntryFlags.DisableDistributedCacheRead)));
        Assert.Equal("b", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task DisableDistributedCacheWrite_LeavesL2AsItWas()
    {
        var key = Key();
        await Cache.SetAsync(key, "a", With(HybridCacheEntryFlags.DisableDistributedCacheWrite));
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        Assert.False((await Cache.TryGetAsync<string>(key, With(HybridCacheEntryFlags.DisableLocalCacheRead))).Found);
        key = Key();
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a"), With(HybridCacheEntryFlags.DisableDistributedCache)));
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, NotCalled<string>(), With(HybridCacheEntryFlags.DisableDistributedCache)));
        Assert.False((await Cache.TryGetAsync<string>(key, With(HybridCacheEntryFlags.DisableLocalCacheRead))).Found);
    }

    [RedisFact]
    public async Task DisableUnderlyingData_NeverLoads()
    {
        var key = Key();
        Assert.Null(await Cache.GetOrCreateAsync(key, NotCalled<string?>(), With(HybridCacheEntryFlags.DisableUnderlyingData)));
        await Cache.SetAsync(key, "a");
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, NotCalled<string?>(), With(HybridCacheEntryFlags.DisableUnderlyingData)));
    }

    [RedisFact]
    public async Task DisableCompression_StoresPlain()
    {
        var (plain, compressed) = (Key(), Key());
        var value = new string('x', 3000);
        await Cache.SetAsync(plain, value, With(HybridCacheEntryFlags.DisableCompression));
        await Cache.SetAsync(compressed, value);
        Assert.False((await backend.Node.Inner.DescribeAsync(plain))!.Compressed);
        var described = await backend.Node.Inner.DescribeAsync(compressed);
        Assert.Equal(backend.IsShared, described!.Compressed);
        Assert.InRange(described.StoredBytes, backend.IsShared ? 70 : 0, 1000);
        Assert.Equal(value, await Cache.GetOrCreateAsync(compressed, NotCalled<string>(), With(L2Only)));
        Assert.Equal(value, await Cache.GetOrCreateAsync(plain, NotCalled<string>(), With(L2Only)));
    }

    [RedisFact]
    public async Task LocalCacheExpiration_Zero_KeepsOutOfL1()
    {
        var key = Key();
        await Cache.GetOrCreateAsync(key, Value("a"), new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.Zero });
        var observation = CacheObservation.Begin();
        await Cache.GetOrCreateAsync(key, Value("a"));
        Assert.Equal(backend.IsShared ? CacheTier.L2 : CacheTier.Origin, observation.Tier);
    }
}
