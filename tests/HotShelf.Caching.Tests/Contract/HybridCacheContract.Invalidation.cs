using HotShelf.Caching.Tests.Fakes;
using HotShelf.TestServers;

namespace HotShelf.Caching.Tests.Contract;

public abstract partial class HybridCacheContract<TBackend>
{
    [RedisFact]
    public async Task Remove_Many_EndsEach()
    {
        string[] keys = [Key(), Key(), Key()];
        foreach (var key in keys)
            await Cache.SetAsync(key, "a");
        await Cache.RemoveAsync([keys[0], keys[1], keys[1], null!, "", Key()]);
        Assert.False(await HoldsAsync(keys[0]));
        Assert.False(await HoldsAsync(keys[1]));
        Assert.True(await HoldsAsync(keys[2]));
    }

    [RedisFact]
    public async Task Remove_DuringALoad_KeepsItsResultOut()
    {
        var key = Key();
        var load = new HeldLoad();
        var old = Cache.GetOrCreateAsync(key, load.RunAsync).AsTask();
        await load.Started;
        await Cache.RemoveAsync(key);
        Assert.Equal("new", await Cache.GetOrCreateAsync(key, Value("new")));
        load.Release.SetResult();
        Assert.Equal("loaded", await old);
        Assert.Equal("new", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task RemoveByTag_HidesItsEntriesAndNoOthers()
    {
        var (one, both, none) = (Key(), Key(), Key());
        var (a, b) = ($"a{one}", $"b{one}");
        await Cache.SetAsync(one, "1", tags: [a]);
        await Cache.GetOrCreateAsync(both, Value("2"), tags: [a, b]);
        await Cache.SetAsync(none, "3");
        await Cache.RemoveByTagAsync(b);
        Assert.True(await HoldsAsync(one));
        Assert.False(await HoldsAsync(both));
        await Cache.GetOrCreateAsync(both, Value("2"), tags: [a, b]);
        await Cache.RemoveByTagAsync([a, "never used", null!, ""]);
        Assert.False(await HoldsAsync(one));
        Assert.False(await HoldsAsync(both));
        Assert.True(await HoldsAsync(none));
    }

    [RedisFact]
    public async Task RemoveByTag_DuringALoad_HidesItsResult()
    {
        foreach (var known in new[] { true, false })
        {
            var key = Key();
            var tag = $"t{key}";
            var load = new HeldLoad();
            // Known before the load, or only from its result.
            var old = Cache.GetOrCreateAsync(key, load, (context, held, token) =>
            {
                if (!known)
                    context.AddTag(tag);
                return held.RunAsync(token);
            }, tags: known ? [tag] : null).AsTask();
            await load.Started;
            await Cache.RemoveByTagAsync(tag);
            load.Release.SetResult();
            Assert.Equal("loaded", await old);
            Assert.Equal("new", await Cache.GetOrCreateAsync(key, Value("new"), tags: [tag]));
            Assert.Equal("new", await Cache.GetOrCreateAsync(key, NotCalled<string>(), tags: [tag]));
        }
    }

    [RedisFact]
    public async Task RemoveByTag_Star_HidesEverything()
    {
        var (plain, tagged) = (Key(), Key("graced"));
        await Cache.SetAsync(plain, "1");
        await Cache.SetAsync(tagged, "2", tags: ["x"]);
        await Cache.RemoveByTagAsync("*");
        Assert.False(await HoldsAsync(plain));
        Assert.False(await HoldsAsync(tagged));
        Assert.Equal("3", await Cache.GetOrCreateAsync(plain, Value("3")));
        Assert.Equal("3", await Cache.GetOrCreateAsync(plain, NotCalled<string>()));
    }

    [RedisFact]
    public async Task RemoveFamily_HidesThatFamilyOnly()
    {
        var (one, other) = (Key("graced"), Key());
        await Cache.SetAsync(one, "1");
        await Cache.SetAsync(other, "2");
        await Cache.RemoveFamilyAsync("graced");
        Assert.False(await HoldsAsync(one));
        Assert.True(await HoldsAsync(other));
    }

    [RedisTheory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("*")]
    public async Task Tags_ThatCannotBeGiven_AreRefused(string tag)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Cache.GetOrCreateAsync(Key(), Value("a"), tags: [tag]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Cache.SetAsync(Key(), "a", tags: [tag]));
    }

    [RedisFact]
    public async Task Tags_TooLongOrUnwritable_AreServedUncached()
    {
        foreach (var tag in new[] { new string('t', 70_000), "a\u0001b", "\ud800" })
        {
            var key = Key();
            Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a"), tags: [tag]));
            Assert.False(await HoldsAsync(key));
            await Cache.SetAsync(key, "a", tags: [tag]);
            Assert.False(await HoldsAsync(key));
            Assert.Equal("a", await Cache.GetOrCreateAsync(key, tag, static (context, tag, _) =>
            {
                context.AddTag(tag);
                return ValueTask.FromResult("a");
            }));
            Assert.False(await HoldsAsync(key));
            await Cache.RemoveByTagAsync(tag);
        }
    }

    [RedisFact]
    public async Task Expire_WithGrace_KeepsTheValueForAFailingOrigin()
    {
        var key = Key("graced");
        await Cache.GetOrCreateAsync(key, Value("old"));
        await Cache.ExpireAsync(key);
        Assert.Equal(new CacheRead<string>(true, "old", true), await Cache.TryGetAsync<string>(key));
        var observation = CacheObservation.Begin();
        Assert.Equal("old", await Cache.GetOrCreateAsync(key, Fails<string>()));
        Assert.Equal(CacheResult.Stale, observation.Result);
        Assert.True(observation.TimeToLive <= TimeSpan.Zero);
        Assert.Equal("old", await Cache.GetOrCreateAsync(key, Value("new")));
        // The refresh that failed may still be ending; one of the next reads begins another.
        await Until.TrueAsync(async () => await Cache.GetOrCreateAsync(key, Value("new")) == "new");
    }

    [RedisFact]
    public async Task Expire_WithoutGrace_Removes()
    {
        var key = Key();
        await Cache.SetAsync(key, "old");
        await Cache.ExpireAsync(key);
        Assert.False(await HoldsAsync(key));
        await Cache.ExpireAsync(Key());
    }

    [RedisFact]
    public async Task Refresh_LoadsWhateverIsStored()
    {
        var key = Key();
        await Cache.SetAsync(key, "old");
        var load = new HeldLoad();
        var refresh = Cache.RefreshAsync(key, load, static (_, held, token) => held.RunAsync(token)).AsTask();
        await load.Started;
        Assert.Equal("old", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        load.Release.SetResult();
        Assert.Equal("loaded", await refresh);
        Assert.Equal("loaded", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task Refresh_RemovedMeanwhile_IsNotStored()
    {
        var key = Key();
        await Cache.SetAsync(key, "old");
        var load = new HeldLoad();
        var refresh = Cache.RefreshAsync(key, load, static (_, held, token) => held.RunAsync(token)).AsTask();
        await load.Started;
        await Cache.RemoveAsync(key);
        load.Release.SetResult();
        Assert.Equal("loaded", await refresh);
        Assert.Equal("new", await Cache.GetOrCreateAsync(key, Value("new")));
    }

    [RedisFact]
    public async Task Refresh_LoaderFails_ThrowsAndKeepsTheEntry()
    {
        foreach (var family in new[] { "plain", "graced" })
        {
            var key = Key(family);
            await Cache.SetAsync(key, "old");
            await Assert.ThrowsAsync<TimeoutException>(async () => await Cache.RefreshAsync<int, string>(key, 0, static (_, _, _) => throw new TimeoutException()));
            Assert.Equal("old", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        }
    }
}
