using HotShelf.Caching.Internal.Frames;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Tests.Fakes;
using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Races;

/// <summary>A type in two versions of an application that run side by side.</summary>
internal static class Before
{
    internal sealed record Item(string Name);
}

internal static class After
{
    internal sealed record Item(string Name, int Count);
}

public abstract partial class RaceTests
{
    private ValueTask<Before.Item> ReadBeforeAsync(Node node) => node.Cache.GetOrCreateAsync("p:1", _ =>
    {
        Interlocked.Increment(ref _loads);
        return ValueTask.FromResult(new Before.Item(_value));
    }, tags: ["t"]);

    private ValueTask<After.Item> ReadAfterAsync(Node node) => node.Cache.GetOrCreateAsync("p:1", _ =>
    {
        Interlocked.Increment(ref _loads);
        return ValueTask.FromResult(new After.Item(_value, 1));
    }, tags: ["t"]);

    [RedisFact]
    public async Task Row34_TwoShapesOfAType_DoNotReplaceEachOther()
    {
        var (before, _) = await NodeAsync();
        var (after, store) = await NodeAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("old", (await ReadBeforeAsync(before)).Name);
            Assert.Equal("old", (await ReadAfterAsync(after)).Name);
        }

        Assert.Equal(2, _loads);
        Assert.Equal(0, store.Count(RemoteOperation.Store));
    }

    [RedisFact]
    public async Task Row34_TwoShapesOfABatch_DoNotReplaceEachOther()
    {
        var (before, _) = await NodeAsync();
        var (after, _) = await NodeAsync();
        for (var i = 0; i < 5; i++)
        {
            await ReadManyAsync(before, id => new Before.Item($"{id}"));
            await ReadManyAsync(after, id => new After.Item($"{id}", id));
        }

        Assert.Equal(2, _loads);

        ValueTask<IReadOnlyDictionary<int, T>> ReadManyAsync<T>(Node node, Func<int, T> load) => node.Cache.GetOrCreateManyAsync([1, 2], id => $"p:{id}", load, (ids, make, _) =>
        {
            Interlocked.Increment(ref _loads);
            return ValueTask.FromResult<IReadOnlyDictionary<int, T>>(ids.ToDictionary(id => id, make));
        });
    }

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row34_Removal_ReachesBothShapes(bool byTag)
    {
        var (before, _) = await NodeAsync();
        var (after, _) = await NodeAsync();
        await ReadBeforeAsync(before);
        await ReadAfterAsync(after);
        _value = "new";
        await (byTag ? before.Cache.RemoveByTagAsync("t") : before.Cache.RemoveAsync("p:1"));
        await Until.TrueAsync(async () => (await ReadAfterAsync(after)).Name == "new");
        Assert.Equal("new", (await ReadBeforeAsync(before)).Name);
        _value = "newer";
        await (byTag ? after.Cache.RemoveByTagAsync("t") : after.Cache.RemoveAsync("p:1"));
        await Until.TrueAsync(async () => (await ReadBeforeAsync(before)).Name == "newer");
        Assert.Equal("newer", (await ReadAfterAsync(after)).Name);
    }

    [RedisFact]
    public async Task Row34_ShapeThatNobodyWritesAnyMore_IsReplacedAfterAMinute()
    {
        var (before, _) = await NodeAsync();
        var (after, store) = await NodeAsync();
        await ReadBeforeAsync(before);
        await AgeAsync(store, TimeSpan.FromSeconds(61));
        await ReadAfterAsync(after);
        Assert.Equal(1, store.Count(RemoteOperation.Store));
    }

    /// <summary>Stores the frame of p:1 as if it had been written this long ago.</summary>
    private static async Task AgeAsync(GatedStore store, TimeSpan age)
    {
        var key = new RemoteKey("p:1", null);
        var stored = await store.PeekAsync(key);
        Assert.Equal(FrameRejection.None, FrameReader.TryRead(key.Name, stored!, out var frame));
        var written = FrameWriter.Write(key.Name, frame with { Created = frame.Created - (long)age.TotalMilliseconds }, int.MaxValue);
        await store.SetManyAsync([new StoreRequest(key, 0, written, null)]);
    }
}
