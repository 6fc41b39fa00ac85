using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HotShelf.Caching.Tests.Contract;

/// <summary>The semantics of <see cref="HybridCache"/> and of our extensions, the same over memory alone, a fake store and real Redis.</summary>
public abstract partial class HybridCacheContract<TBackend>(TBackend backend) : IClassFixture<TBackend>
    where TBackend : Backend
{
    private HybridCache Cache => backend.Cache;

    private string Key(string family = "plain") => backend.Key(family);

    private static Func<CancellationToken, ValueTask<T>> Value<T>(T value) => _ => ValueTask.FromResult(value);

    private static Func<CancellationToken, ValueTask<T>> NotCalled<T>() => _ => throw new InvalidOperationException("the loader must not run");

    private static Func<CancellationToken, ValueTask<T>> Fails<T>() => _ => throw new TimeoutException("the origin fails");

    /// <summary>A store is reported by Redis too. When this report comes before the answer to the store, the copy is in L1 only after one more round trip.</summary>
    private Task UntilInL1Async(params IEnumerable<string> keys) =>
        Until.TrueAsync(() => keys.All(key => backend.Node.Inner.FindLocal(key) is { IsFresh: true }), "the copies are in L1");

    private async Task<bool> HoldsAsync(string key) => (await Cache.TryGetAsync<string>(key)).Found;

    [RedisFact]
    public async Task GetOrCreate_Miss_LoadsOnceThenHits()
    {
        var key = Key();
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a")));
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        Assert.Equal("a", await Cache.GetOrCreateAsync(key.AsSpan(), 0, static ValueTask<string> (int _, CancellationToken _) => throw new InvalidOperationException()));
    }

    [RedisFact]
    public async Task Set_Then_GetOrCreate_DoesNotLoad()
    {
        var key = Key();
        await Cache.SetAsync(key, 42);
        Assert.Equal(42, await Cache.GetOrCreateAsync(key, NotCalled<int>()));
        await Cache.SetAsync(key, 43);
        Assert.Equal(43, await Cache.GetOrCreateAsync(key, NotCalled<int>()));
    }

    [RedisFact]
    public async Task Set_DuringALoad_Wins()
    {
        var key = Key();
        var loading = new TaskCompletionSource();
        var release = new TaskCompletionSource<string>();
        var read = Cache.GetOrCreateAsync(key, async _ =>
        {
            loading.SetResult();
            return await release.Task;
        }).AsTask();
        await loading.Task;
        await Cache.SetAsync(key, "set");
        Assert.Equal("set", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
        release.SetResult("loaded before");
        await read;
        Assert.Equal("set", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task SetMany_StoresEach()
    {
        var keys = new[] { Key(), Key(), Key() };
        await Cache.SetManyAsync(keys.Select((key, i) => KeyValuePair.Create(key, $"v{i}")));
        for (var i = 0; i < keys.Length; i++)
            Assert.Equal($"v{i}", (await Cache.TryGetAsync<string>(keys[i])).Value);
    }

    [RedisFact]
    public async Task SetMany_MoreThanThereAreEpochs_StoresEachAndOfOneKeyTheLast()
    {
        var keys = Enumerable.Range(0, 5_000).Select(_ => Key()).ToArray();
        await Cache.SetManyAsync(keys.Select(key => KeyValuePair.Create(key, key)).Prepend(KeyValuePair.Create(keys[0], "first")));
        foreach (var key in keys)
            Assert.Equal(key, (await Cache.TryGetAsync<string>(key)).Value);
    }

    [RedisFact]
    public async Task TryGet_NothingThere_FindsNothingAndDisturbsNoRunningFill()
    {
        var key = Key();
        var loading = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        Assert.False((await Cache.TryGetAsync<string>(key)).Found);
        var read = Cache.GetOrCreateAsync(key, async _ =>
        {
            loading.SetResult();
            await release.Task;
            return "a";
        }).AsTask();
        await loading.Task;
        Assert.False((await Cache.TryGetAsync<string>(key)).Found);
        release.SetResult();
        Assert.Equal("a", await read);
        Assert.Equal(new CacheRead<string>(true, "a", false), await Cache.TryGetAsync<string>(key));
    }

    [RedisTheory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Expiration_ZeroOrLess_StoresNothingAndRemovesWhatWasThere(int seconds)
    {
        var key = Key();
        var none = new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(seconds) };
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, Value("a"), none));
        Assert.False(await HoldsAsync(key));
        await Cache.SetAsync(key, "b");
        await Cache.SetAsync(key, "c", none);
        Assert.False(await HoldsAsync(key));
    }

    [RedisFact]
    public async Task Expiration_MaxValue_NeverExpires()
    {
        var key = Key();
        await Cache.SetAsync(key, "a", new HybridCacheEntryOptions { Expiration = TimeSpan.MaxValue });
        var described = await backend.Node.Inner.DescribeAsync(key);
        Assert.Null(described!.FreshUntil);
        Assert.Null(described.StaleUntil);
        Assert.Equal("a", await Cache.GetOrCreateAsync(key, NotCalled<string>()));
    }

    [RedisFact]
    public async Task Null_WithoutNegativePolicy_IsNotStored()
    {
        var key = Key();
        var loads = 0;
        for (var i = 0; i < 2; i++)
        {
            Assert.Null(await Cache.GetOrCreateAsync<string?>(key, _ =>
            {
                loads++;
                return ValueTask.FromResult<string?>(null);
            }));
        }

        Assert.Equal(2, loads);
    }

    [RedisFact]
    public async Task Null_WithNegativePolicy_IsStored()
    {
        var key = Key("negative");
        Assert.Null(await Cache.GetOrCreateAsync(key, Value<string?>(null)));
        Assert.Null(await Cache.GetOrCreateAsync(key, NotCalled<string?>()));
        Assert.Equal(new CacheRead<string>(true, null, false), await Cache.TryGetAsync<string>(key));
    }

    [RedisFact]
    public async Task LoaderContext_ShortensLengthensRefusesAndTags()
    {
        var (refused, zero, tagged) = (Key(), Key(), Key());
        await Cache.GetOrCreateAsync(refused, 0, static (context, _, _) =>
        {
            context.DoNotStore();
            return ValueTask.FromResult("a");
        });
        Assert.False(await HoldsAsync(refused));
        await Cache.GetOrCreateAsync(zero, 0, static (context, _, _) =>
        {
            context.Expiration = TimeSpan.Zero;
            return ValueTask.FromResult("a");
        });
        Assert.False(await HoldsAsync(zero));
        await Cache.GetOrCreateAsync(tagged, 0, static (context, _, _) =>
        {
            context.Expiration = TimeSpan.FromDays(2);
            context.AddTag("late");
            return ValueTask.FromResult("a");
        });
        var described = await backend.Node.Inner.DescribeAsync(tagged);
        Assert.Equal(["late"], described!.Tags);
        Assert.InRange((described.FreshUntil - described.Created)!.Value, TimeSpan.FromDays(1.9), TimeSpan.FromDays(2.1));
        await Cache.RemoveByTagAsync("late");
        Assert.False(await HoldsAsync(tagged));
    }

    [RedisFact]
    public async Task Payload_OverTheLimit_IsServedUncached()
    {
        var key = Key();
        var large = new string('x', 5000);
        Assert.Equal(large, await Cache.GetOrCreateAsync(key, Value(large)));
        Assert.False(await HoldsAsync(key));
        await Cache.SetAsync(key, "small");
        await Cache.SetAsync(key, large);
        Assert.False(await HoldsAsync(key));
    }
}
