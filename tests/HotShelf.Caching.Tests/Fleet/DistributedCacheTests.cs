using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Tests.Fleet;

public sealed class DistributedCacheTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _services = new ServiceCollection().AddLogging().AddHotShelfCaching(options => options.Redis = _redis.ConnectionString).AddHotShelfDistributedCache().BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private IDistributedCache Cache => _services.GetRequiredService<IDistributedCache>();

    [RedisFact]
    public async Task Get_AfterSet_ReturnsTheBytes()
    {
        byte[] value = [1, 2, 3];
        await Cache.SetAsync("a key", value, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(20), AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(12) });
        Assert.Equal(value, await Cache.GetAsync("a key"));
        Assert.IsAssignableFrom<IBufferDistributedCache>(Cache);
        await Cache.RemoveAsync("a key");
        Assert.Null(await Cache.GetAsync("a key"));
    }

    [RedisFact]
    public async Task Get_OfASlidingEntry_MakesItLiveItsWindowAgain()
    {
        await Cache.SetAsync("a", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(20) });
        await _redis.CommandAsync("PEXPIRE sliding:{hs:v1:distributed:a} 5000");
        await Cache.GetAsync("a");
        var left = await _redis.CommandAsync("PTTL sliding:{hs:v1:distributed:a}");
        Assert.True(int.Parse(left.AsSpan(1).Trim(), System.Globalization.CultureInfo.InvariantCulture) > 1_000_000, left);
    }

    [RedisFact]
    public async Task Get_WithRedisAway_IsAMiss()
    {
        await Cache.SetAsync("a", [1], new DistributedCacheEntryOptions());
        await _redis.KillAsync();
        Assert.Null(await Cache.GetAsync("a"));
        await Cache.SetAsync("a", [2], new DistributedCacheEntryOptions());
    }

    [RedisFact]
    public async Task Set_ExpirationInThePast_Throws() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cache.SetAsync("a", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromTicks(1) }));
}
