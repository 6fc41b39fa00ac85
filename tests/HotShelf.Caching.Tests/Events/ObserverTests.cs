using HotShelf.Caching.Tests.Fakes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Tests.Events;

/// <summary>What an application hears of its cache.</summary>
public sealed class ObserverTests
{
    [Fact]
    public async Task Observer_EachSlowPath_IsReportedOnceAndHitsAreNot()
    {
        var heard = new Recorder();
        await using var services = Services(heard);
        var cache = services.GetRequiredService<HybridCache>();
        await cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(1));
        for (var read = 0; read < 3; read++)
            await cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(2));
        await Assert.ThrowsAsync<FormatException>(async () => await cache.GetOrCreateAsync<int>("p:2", _ => throw new FormatException()));
        await cache.GetOrCreateManyAsync([3, 4], static id => $"p:{id}", 0, static (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, int>>(ids.ToDictionary(id => id)));
        await cache.RemoveAsync("p:1");
        await cache.RemoveByTagAsync(["red", "blue"]);
        await cache.RemoveFamilyAsync("q");
        await cache.BumpVersionAsync();
        Assert.Equal(
            [
                "fill p:1 Stored", "fill p:2 Failed", "fill p:3,p:4 Stored", "left p:1 after 4 reads", "Local Key p:1", "Tag Tag red,blue", "Tag Family q", "bump",
            ],
            heard.Events);
    }

    [Fact]
    public async Task Observer_BatchIsStoredInPart_HearsWhatIsAndWhatIsNot()
    {
        var heard = new Recorder();
        await using var services = Services(heard);
        var cache = services.GetRequiredService<HybridCache>();
        await cache.GetOrCreateManyAsync([1, 2, 3, 4], static id => $"p:{id}", 0, static (ids, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, int>>(ids.Where(id => id != 3).ToDictionary(id => id)));
        await cache.GetOrCreateManyAsync([3], static id => $"p:{id}", 0, static (_, _, _) => ValueTask.FromResult<IReadOnlyDictionary<int, int>>(new Dictionary<int, int>()));
        await cache.GetOrCreateManyAsync([5, 6], static id => $"p:{id}", 0, async (ids, _, token) =>
        {
            await cache.RemoveAsync("p:5", token);
            return (IReadOnlyDictionary<int, int>)ids.ToDictionary(id => id);
        });
        Assert.Equal(["fill p:1,p:2,p:4 Stored", "fill p:3 NotStored", "fill p:3 NotStored", "Local Key p:5", "fill p:6 Stored", "fill p:5 NotStored"], heard.Events);
    }

    [Fact]
    public async Task Observer_Throws_NeitherTheCacheNorOthersNotice()
    {
        var heard = new Recorder();
        await using var services = Services(new Thrower(), heard);
        var cache = services.GetRequiredService<HybridCache>();
        Assert.Equal(1, await cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(1)));
        await cache.RemoveAsync("p:1");
        Assert.Equal(["fill p:1 Stored", "left p:1 after 1 reads", "Local Key p:1"], heard.Events);
    }

    [Fact]
    public async Task Observer_OfAKeyedCache_HearsThatOneOnly()
    {
        var (heard, other) = (new Recorder(), new Recorder());
        await using var services = new ServiceCollection().AddLogging().AddHotShelfCaching().AddKeyedHotShelfCaching("reports", options => options.MemoryOnly = true)
            .AddSingleton<ICacheObserver>(heard).AddKeyedSingleton<ICacheObserver>("reports", other).BuildServiceProvider();
        await services.GetRequiredKeyedService<HybridCache>("reports").GetOrCreateAsync("r:1", _ => ValueTask.FromResult(1));
        Assert.Empty(heard.Events);
        Assert.Equal(["fill r:1 Stored"], other.Events);
    }

    [Fact]
    public async Task LocalCopies_OfACache_ShowFreshnessAndReadsAndGiveEachReadOnce()
    {
        var clock = new ManualTimeProvider();
        await using var services = Services(clock);
        var cache = services.GetRequiredService<HybridCache>();
        var inspector = services.GetRequiredService<ICacheInspector>();
        for (var read = 0; read < 5; read++)
            await cache.GetOrCreateAsync("p:1", _ => ValueTask.FromResult(1), new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(10) });
        var copy = Assert.Single(inspector.EnumerateLocal());
        Assert.Equal(("p:1", "p", true, clock.GetUtcNow().AddSeconds(10)), (copy.Key, copy.Family, copy.IsFresh, copy.LocalUntil));
        Assert.Equal((5, 5, 5, 0), (copy.Reads, copy.NewReads, copy.TakeReads(), copy.NewReads));
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.False(inspector.FindLocal("p:1")!.Value.IsFresh);
        Assert.Null(inspector.FindLocal("p:2"));
    }

    [Fact]
    public void AddHotShelfStorage_WithoutAConnection_StopsTheStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddHotShelfStorage("cache");
        using var host = builder.Build();
        Assert.Contains("ConnectionStrings:cache", Assert.Throws<OptionsValidationException>(() => host.Start()).Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Services(params object[] parts)
    {
        var services = new ServiceCollection().AddLogging().AddHotShelfCaching(options => options.Default.Jitter = 0);
        foreach (var part in parts)
            services.AddSingleton(part is TimeProvider ? typeof(TimeProvider) : typeof(ICacheObserver), part);
        return services.BuildServiceProvider();
    }

    private sealed class Recorder : ICacheObserver
    {
        public List<string> Events { get; } = [];

        public void OnFill(CacheFill fill) => Events.Add($"fill {string.Join(',', fill.Keys)} {fill.Outcome}");

        public void OnInvalidation(CacheInvalidation invalidation) => Events.Add($"{invalidation.Source} {invalidation.Scope} {string.Join(',', invalidation.Names)}");

        public void OnVersionBump() => Events.Add("bump");

        public void OnCopyLeft(LocalCopy copy) => Events.Add($"left {copy.Key} after {copy.Reads} reads");
    }

    private sealed class Thrower : ICacheObserver
    {
        public void OnFill(CacheFill fill) => throw new InvalidOperationException();

        public void OnInvalidation(CacheInvalidation invalidation) => throw new InvalidOperationException();

        public void OnCopyLeft(LocalCopy copy) => throw new InvalidOperationException();
    }
}
