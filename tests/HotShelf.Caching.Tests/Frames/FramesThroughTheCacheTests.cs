using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Frames;

/// <summary>Whatever lies in L2 under a key: the value is loaded again, the rejection is counted, and no caller sees an exception.</summary>
public sealed class FramesThroughTheCacheTests
{
    private const string Key = "product:42";

    private sealed record Other(string Name);

    [Fact]
    public async Task GetOrCreate_EveryTruncationAndBitFlip_LoadsAgainAndCounts()
    {
        var server = new FakeRemoteServer(TimeProvider.System);
        await using var node = Node.Over(new FakeRemoteStore(server));
        using var probe = new MeterProbe(node);
        var at = new RemoteKey(Key, null);
        await node.Cache.SetAsync(Key, "stored", tags: ["t"]);
        var whole = server.Peek(at)!;
        var loads = 0;
        for (var length = 0; length < whole.Length; length++)
            await RejectedAsync(whole[..length]);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var flipped = whole.ToArray();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            await RejectedAsync(flipped);
        }

        Assert.Equal(whole.Length * 9, loads);
        Assert.Equal(loads, probe.Sum("hotshelf.cache.frames.rejected"));

        async Task RejectedAsync(byte[] frame)
        {
            server.SetByForeigner(at, frame);
            var expected = $"loaded {++loads}";
            Assert.Equal(expected, await node.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult(expected)));
        }
    }

    [RedisFact]
    public async Task GetOrCreate_ForeignBytesOnRealRedis_LoadsAgainAndReplacesThem()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await Node.StartAsync(redis.ConnectionString, Node.Patient);
        using var probe = new MeterProbe(node);
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = client.GetDatabase();
        RedisKey physical = $"{{hs:v1:{Key}}}";
        await node.Cache.SetAsync("product:43", "other key's");
        await node.Cache.SetAsync("product:44", new Other("other type's"));
        await node.Cache.SetAsync(Key, "stored");
        var stored = (byte[])(await database.StringGetAsync(physical))!;
        var newer = stored.ToArray();
        newer[2] = 9;
        byte[][] foreign =
        [
            [], [0], "not a frame"u8.ToArray(), newer, stored[..^1], [.. stored, 0],
            (await database.StringGetAsync("{hs:v1:product:43}"))!, (await database.StringGetAsync("{hs:v1:product:44}"))!,
        ];
        // Only when the copy of our own store lies in L1 does its absence mean that the push of the foreign change came.
        async Task ChangeAsync(Func<Task> foreignChange)
        {
            await Until.TrueAsync(async () => (await node.Cache.TryGetAsync<string>(Key)).Found && node.Inner.Local.Find(Key) is { EchoPending: false }, what: "the copy of our own store has settled");
            await foreignChange();
            await Until.TrueAsync(() => node.Inner.Local.Find(Key) is null, what: "the push of the foreign change");
        }

        for (var i = 0; i < foreign.Length; i++)
        {
            var bytes = foreign[i];
            await ChangeAsync(() => database.StringSetAsync(physical, bytes));
            var expected = $"loaded {i}";
            Assert.Equal(expected, await node.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult(expected)));
            Assert.Equal(expected, (await node.Cache.TryGetAsync<string>(Key, new() { Flags = Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags.DisableLocalCacheRead })).Value);
        }

        // Twice where the rejected bytes have no fill id: the lease's script shows them once more.
        Assert.InRange(probe.Sum("hotshelf.cache.frames.rejected"), foreign.Length, 2 * foreign.Length);
        // A key of another Redis type is no reason to fail either.
        await ChangeAsync(async () =>
        {
            await database.KeyDeleteAsync(physical);
            await database.ListRightPushAsync(physical, "x");
        });
        Assert.Equal("list", await node.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("list")));
        await node.Cache.RemoveAsync(Key);
        Assert.Equal("after", await node.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("after")));
    }
}
