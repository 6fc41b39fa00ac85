using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.Caching.Tests.Registration;

/// <summary>Where silence would surprise, the host does not start, and says what to set.</summary>
public sealed class ConnectionTests
{
    private static HostApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        return builder;
    }

    private static void AssertRefused(HostApplicationBuilder builder, params string[] advice)
    {
        using var host = builder.Build();
        var error = Assert.Throws<OptionsValidationException>(host.Start);
        Assert.All(advice, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Start_NamedCacheWithoutConnection_IsRefused()
    {
        var builder = Builder();
        builder.AddHotShelfCaching("cache");
        AssertRefused(builder, "ConnectionStrings:cache", "Caching:Redis", "Caching:MemoryOnly");
    }

    [Theory]
    [InlineData("localhost:1,defaultDatabase=1", null, true)]
    [InlineData("localhost:1,defaultDatabase=1", "shop", false)]
    [InlineData("localhost:1", null, false)]
    public async Task Start_OverAnotherDatabaseWithTheDefaultPrefix_Warns(string connection, string? prefix, bool warns)
    {
        using var logged = new LogCollector();
        var builder = Builder(("ConnectionStrings:cache", connection), ("Caching:Prefix", prefix ?? "hs"));
        builder.Logging.AddProvider(logged);
        builder.AddHotShelfCaching("cache");
        using var host = builder.Build();
        await using var cache = (IAsyncDisposable)host.Services.GetRequiredService<HybridCache>();
        Assert.Equal(warns, logged.Named("DatabaseSharesKeys").Any(entry => entry.Message.Contains("Caching:Prefix", StringComparison.Ordinal)));
    }

    [Fact]
    public void Start_EmptyConnectionString_IsRefused()
    {
        var builder = Builder(("ConnectionStrings:cache", ""));
        builder.AddHotShelfCaching("cache");
        AssertRefused(builder, "ConnectionStrings:cache");
    }

    [Fact]
    public void Start_KeyedCacheWithoutConnection_IsRefused()
    {
        var builder = Builder(("ConnectionStrings:cache", "localhost:1"));
        builder.AddHotShelfCaching("cache");
        builder.AddKeyedHotShelfCaching("reports");
        AssertRefused(builder, "key 'reports'", "ConnectionStrings:reports", "Caching.reports:MemoryOnly");
    }

    [Fact]
    public void Start_KeyedServiceWithoutConnection_IsRefused()
    {
        var builder = Builder();
        builder.Services.AddKeyedHotShelfCaching("reports");
        AssertRefused(builder, "key 'reports'", "HotShelfCachingOptions.Redis");
    }

    [Fact]
    public async Task Start_MemoryOnly_IsACacheInMemory()
    {
        var builder = Builder(("Caching:MemoryOnly", "true"), ("ConnectionStrings:cache", "localhost:1"));
        builder.AddHotShelfCaching("cache");
        builder.AddKeyedHotShelfCaching("reports", options => options.MemoryOnly = true);
        using var host = builder.Build();
        await host.StartAsync();
        Assert.Equal("none", host.Services.GetRequiredService<ICacheInspector>().GetStatistics().RemoteState);
        Assert.Equal(1, await host.Services.GetRequiredKeyedService<HybridCache>("reports").GetOrCreateAsync("a:1", _ => ValueTask.FromResult(1)));
    }

    [Fact]
    public async Task AddHotShelfCaching_WithoutAName_IsACacheInMemory()
    {
        await using var services = new ServiceCollection().AddLogging().AddHotShelfCaching().BuildServiceProvider();
        Assert.Equal(1, await services.GetRequiredService<HybridCache>().GetOrCreateAsync("a:1", _ => ValueTask.FromResult(1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Options_ConnectionRegistered_AreValid(bool keyed)
    {
        var builder = Builder();
        builder.AddHotShelfCaching("cache");
        builder.AddKeyedHotShelfCaching("reports");
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("Not connected by a check."));
        if (keyed)
            builder.Services.AddKeyedSingleton<IConnectionMultiplexer>("reports", (_, _) => throw new InvalidOperationException("Not connected by a check."));
        using var host = builder.Build();
        Assert.Null(host.Services.GetRequiredService<IOptionsMonitor<HotShelfCachingOptions>>().Get("reports").Redis);
        Assert.Null(host.Services.GetRequiredService<IOptions<HotShelfCachingOptions>>().Value.Redis);
    }

    [Fact]
    public void AddKeyedHotShelfCaching_OtherConnection_IsUsed()
    {
        var builder = Builder(("ConnectionStrings:cache", "localhost:1"));
        builder.AddKeyedHotShelfCaching("reports", connectionName: "cache");
        using var host = builder.Build();
        Assert.Equal("localhost:1", host.Services.GetRequiredService<IOptionsMonitor<HotShelfCachingOptions>>().Get("reports").Redis);
    }

    [Fact]
    public void AddHotShelfCaching_OtherHybridCacheBefore_IsRefused()
    {
        var services = new ServiceCollection().AddSingleton<HybridCache, OtherCache>();
        var error = Assert.Throws<InvalidOperationException>(() => services.AddHotShelfCaching());
        Assert.Contains(nameof(OtherCache), error.Message, StringComparison.Ordinal);
        Assert.Contains("AddHybridCache()", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A test replaces the cache by a fake after the application registered it.</summary>
    [Fact]
    public async Task AddHotShelfCaching_OtherHybridCacheAfter_Wins()
    {
        await using var services = new ServiceCollection().AddLogging().AddHotShelfCaching().AddSingleton<HybridCache, OtherCache>().AddHotShelfDistributedCache().BuildServiceProvider();
        Assert.IsType<OtherCache>(services.GetRequiredService<HybridCache>());
    }

    /// <summary>Its registration brings a serializer of every type.</summary>
    [Fact]
    public async Task AddHotShelfCaching_BesideAKeyedCacheOfMicrosofts_StillRefusesWhatWouldNotComeBackWhole()
    {
        var registered = new ServiceCollection().AddLogging().AddMetrics().AddHotShelfCaching();
        registered.AddKeyedHybridCache("other");
        await using var services = registered.BuildServiceProvider();
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(async () => await services.GetRequiredService<HybridCache>().SetAsync("zoo:1", new Kept()));
        Assert.Contains(nameof(Kept.Names), exception.Message, StringComparison.Ordinal);
    }

    private sealed class Kept
    {
        public List<string> Names { get; } = [];
    }

    private sealed class OtherCache : HybridCache
    {
        public override ValueTask<T> GetOrCreateAsync<TState, T>(
            string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
            factory(state, cancellationToken);

        public override ValueTask SetAsync<T>(string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) => default;

        public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => default;

        public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => default;
    }
}
