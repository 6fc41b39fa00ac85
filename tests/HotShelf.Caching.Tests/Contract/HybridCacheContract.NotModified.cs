using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    private sealed record Document(List<string> Lines, int Revision);

    /// <summary>Loads under a tag of its own and a version, as a loader does that asks the origin for changes first.</summary>
    private static ValueTask<Document> LoadIfChanged(CacheFillContext fill, Origin origin)
    {
        if (fill.TryGetStale(out Document? stale) && stale.Revision == origin.Revision && fill.StaleVersion == origin.Revision)
        {
            origin.Kept++;
            return ValueTask.FromResult(fill.NotModified<Document>());
        }

        origin.Loads++;
        fill.Version = origin.Revision;
        fill.AddTag(origin.Tag);
        return ValueTask.FromResult(new Document(["first"], origin.Revision));
    }

    private sealed class Origin(string tag)
    {
        public string Tag => tag;

        public int Revision { get; set; } = 7;

        public int Loads { get; set; }

        public int Kept { get; set; }
    }

    private ValueTask<Document> ReadAsync(string key, Origin origin) => Cache.GetOrCreateAsync(key, origin, static (fill, origin, _) => LoadIfChanged(fill, origin));

    [RedisFact]
    public async Task NotModified_RequestedRefresh_KeepsValueTagsAndVersionWithANewLifetime()
    {
        var key = Key();
        var origin = new Origin($"tag{key}");
        await ReadAsync(key, origin);
        var first = CacheObservation.Begin();
        await ReadAsync(key, origin);
        var fill = first.FillId;
        var kept = await Cache.RefreshAsync(key, origin, static (fill, origin, _) => LoadIfChanged(fill, origin));
        Assert.Equal((1, 1), (origin.Loads, origin.Kept));
        Assert.Equal(["first"], kept.Lines);

        var second = CacheObservation.Begin();
        await ReadAsync(key, origin);
        Assert.Equal(CacheResult.Hit, second.Result);
        Assert.NotEqual(fill, second.FillId);

        await Cache.RemoveByTagAsync(origin.Tag);
        await ReadAsync(key, origin);
        Assert.Equal((2, 1), (origin.Loads, origin.Kept));
    }

    /// <summary>The fill waits for its turn, and counts as begun only then.</summary>
    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NotModified_RemovedWhileTheLoadWaitsForItsTurn_IsNotOffered(bool byTag)
    {
        await using var node = await backend.StartNodeAsync(options => options.Families["waits"] = new CachePolicy { Jitter = 0, MaximumConcurrentFills = 1, Grace = TimeSpan.FromHours(1) });
        var (key, before) = (Key("waits"), Key("waits"));
        var origin = new Origin($"tag{key}");
        ValueTask<Document> ReadAsync() => node.Cache.GetOrCreateAsync(key, origin, static (fill, origin, _) => LoadIfChanged(fill, origin));
        await ReadAsync();
        var load = new HeldLoad();
        var holding = node.Cache.GetOrCreateAsync(before, load.RunAsync).AsTask();
        await load.Started;
        var refreshing = node.Cache.RefreshAsync(key, origin, static (fill, origin, _) => LoadIfChanged(fill, origin)).AsTask();
        await Until.TrueAsync(() => node.Inner.Families.Of(key).Gate.Queued > 0);
        await (byTag ? node.Cache.RemoveByTagAsync(origin.Tag) : node.Cache.RemoveAsync(key));
        load.Release.SetResult();
        await holding;
        await refreshing;
        Assert.Equal((2, 0), (origin.Loads, origin.Kept));
    }

    [RedisFact]
    public async Task NotModified_OriginChanged_LoadsAnew()
    {
        var key = Key();
        var origin = new Origin($"tag{key}");
        await ReadAsync(key, origin);
        origin.Revision = 8;
        Assert.Equal(8, (await Cache.RefreshAsync(key, origin, static (fill, origin, _) => LoadIfChanged(fill, origin))).Revision);
        Assert.Equal((2, 0), (origin.Loads, origin.Kept));
    }

    [RedisFact]
    public async Task NotModified_ExpiredEntry_RefreshedInTheBackgroundWithoutALoad()
    {
        var key = Key("graced");
        var origin = new Origin($"tag{key}");
        await ReadAsync(key, origin);
        await Cache.ExpireAsync(key);
        await ReadAsync(key, origin);
        await Until.TrueAsync(() => origin.Kept == 1);
        await Until.TrueAsync(async () =>
        {
            var observation = CacheObservation.Begin();
            await ReadAsync(key, origin);
            return observation.Result == CacheResult.Hit;
        });
        Assert.Equal(1, origin.Loads);
    }

    [RedisFact]
    public async Task TryGetStale_NothingOrAfterARemovalOrOfAnotherType_False()
    {
        var key = Key();
        await Cache.GetOrCreateAsync(key, 0, static (fill, _, _) => fill.TryGetStale<string>(out _) ? throw new InvalidOperationException("a value that never was") : ValueTask.FromResult("a"));
        await Cache.RefreshAsync(key, 0, static (fill, _, _) => fill.TryGetStale<Document>(out _) ? throw new InvalidOperationException("a value of another type") : ValueTask.FromResult("a"));
        await Cache.RemoveAsync(key);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Cache.GetOrCreateAsync(key, 0, static (fill, _, _) => ValueTask.FromResult(fill.NotModified<string>())));
        Assert.Contains("TryGetStale", error.Message, StringComparison.Ordinal);
    }

    [RedisFact]
    public async Task TryGetStale_MutableValue_IsACopy()
    {
        var key = Key();
        var origin = new Origin($"tag{key}");
        await ReadAsync(key, origin);
        var refreshed = await Cache.RefreshAsync(key, 0, static (fill, _, _) =>
        {
            Assert.True(fill.TryGetStale<Document>(out var stale));
            stale.Lines.Add("changed by the loader");
            return ValueTask.FromResult(fill.NotModified<Document>());
        });
        Assert.Equal(["first"], refreshed.Lines);
    }
}
