using System.Buffers;
using System.Text;
using HotShelf.Caching.Redis;
using HotShelf.TestServers;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Gathered;

/// <summary>Reads of single keys over real Redis: alone by GET, beside others by MGET.</summary>
public sealed class GatheredReadsTests : GatheredTests
{
    private readonly GatheredReads _reads = new();

    [RedisFact]
    public async Task OneAfterTheOther_AreGets()
    {
        await SetAsync(10);
        for (var i = 0; i < 10; i++)
            Assert.Equal($"value {i}", await ReadAsync(i));
        Assert.Equal((10, 0), await CommandsAsync());
    }

    [RedisTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(300)]
    public async Task WhileOneIsOnItsWay_OthersAreGathered_AndEachGetsItsOwnAnswer(int count)
    {
        await SetAsync(count);
        // Every third key is not there.
        for (var i = 0; i < count; i += 3)
            await Database.KeyDeleteAsync($"key:{i}");
        var reads = await WhileTheServerStandsStillAsync(() => (Task<string?>[])[.. Enumerable.Range(0, count).Select(ReadAsync)]);
        foreach (var (i, read) in reads.Index())
            Assert.Equal(i % 3 == 0 ? null : $"value {i}", await read);
        var (gets, gathered) = await CommandsAsync();
        // The first one is alone. How many of the others are together depends on when a thread is free to send them.
        Assert.InRange(gets + gathered, 1, count == 300 ? count - 1 : count);
    }

    [RedisFact]
    public async Task AKeyOfAnotherType_IsMissing_AndTheOthersAreRead()
    {
        await SetAsync(50);
        await Database.KeyDeleteAsync("key:25");
        await Database.SetAddAsync("key:25", "member");
        var reads = await WhileTheServerStandsStillAsync(() => (Task<string?>[])[.. Enumerable.Range(0, 50).Where(i => i != 25).Select(ReadAsync)]);
        foreach (var read in reads)
            Assert.NotNull(await read);
    }

    [RedisFact]
    public async Task ALargeValue_IsReadByItselfTheNextTime()
    {
        await SetAsync(40);
        await Database.StringSetAsync("key:20", new string('x', 100_000));
        for (var round = 0; round < 20; round++)
        {
            foreach (var read in await WhileTheServerStandsStillAsync(() => (Task<string?>[])[.. Enumerable.Range(0, 40).Select(ReadAsync)]))
                Assert.NotNull(await read);
        }

        // Beside others, and by GET: its memory is the client's pool.
        var reads = await WhileTheServerStandsStillAsync(() => (Task<IMemoryOwner<byte>?>[])[.. Enumerable.Range(0, 40).Select(OwnerAsync)]);
        var owners = await Task.WhenAll(reads);
        Assert.Contains(owners, owner => owner is Unpooled);
        Assert.Equal(100_000, Assert.IsType<Lease<byte>>(owners[20]).Length);

        // Small again, it is read by itself once more, and then beside the others.
        await Database.StringSetAsync("key:20", "small");
        await Until.TrueAsync(
            async () => (await Task.WhenAll(await WhileTheServerStandsStillAsync(() => (Task<IMemoryOwner<byte>?>[])[.. Enumerable.Range(0, 40).Select(OwnerAsync)])))[20] is Unpooled, "it is read beside others");
    }

    [RedisFact]
    public async Task TheServerKilled_AllEnd_AndLaterOnesAreRead()
    {
        await SetAsync(100);
        var reads = await WhileTheServerStandsStillAsync(() => (Task<string?>[])[.. Enumerable.Range(0, 100).Select(ReadAsync)], Redis.RestartAsync);
        // Some were answered before, and the client may send again what had not left it.
        await Until.TrueAsync(() => reads.All(read => read.IsCompleted), what: "every read ends");
        foreach (var (i, read) in reads.Index().Where(item => !item.Item.IsFaulted))
            Assert.True(await read is null || await read == $"value {i}");
        await Until.TrueAsync(() => Client.IsConnected);
        await SetAsync(10);
        Assert.Equal("value 3", await ReadAsync(3));
    }

    private async Task SetAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await Database.StringSetAsync($"key:{i}", $"value {i}");
        await ForgetCallsAsync();
    }

    private async Task<string?> ReadAsync(int i)
    {
        using var answer = await OwnerAsync(i);
        return answer is null ? null : Encoding.UTF8.GetString(answer.Memory.Span);
    }

    private Task<IMemoryOwner<byte>?> OwnerAsync(int i) => _reads.GetAsync(Database, $"key:{i}").AsTask();

    private async Task<T[]> WhileTheServerStandsStillAsync<T>(Func<T[]> start, Func<Task>? end = null)
    {
        await Redis.PauseAsync();
        var started = start();
        await (end ?? Redis.ResumeAsync)();
        return started;
    }

    private async Task<(int Gets, int Gathered)> CommandsAsync() => (await CallsAsync("get"), await CallsAsync("mget"));
}
