using HotShelf.Caching.Tests.Fleet;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Tests.Registration;

public sealed class RegistrationTests
{
    [Fact]
    public async Task AddTwice_SettingsAddUpAndThereIsOneCache()
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddHotShelfCaching(options => options.MaximumKeyLength = 7)
            .AddHotShelfCaching(options => options.MaximumPayloadBytes = 9).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<HotShelfCachingOptions>>().Value;
        Assert.Equal((7, 9), (options.MaximumKeyLength, options.MaximumPayloadBytes));
        Assert.Single(services.GetServices<HybridCache>());
        Assert.Same(services.GetRequiredService<HybridCache>(), services.GetRequiredService<ICacheInspector>());
    }

    [RedisFact]
    public async Task KeyedCaches_OverOneRedis_ShareNothing()
    {
        await using var redis = await RedisServer.StartAsync();
        void Configure(HotShelfCachingOptions options)
        {
            options.Redis = redis.ConnectionString;
            Node.Patient(options);
        }

        await using var services = new ServiceCollection().AddLogging().AddMetrics()
            .AddHotShelfCaching(Configure).AddKeyedHotShelfCaching("one", Configure).AddKeyedHotShelfCaching("two", Configure).BuildServiceProvider();
        var caches = new[] { services.GetRequiredService<HybridCache>(), services.GetRequiredKeyedService<HybridCache>("one"), services.GetRequiredKeyedService<HybridCache>("two") };
        await Until.TrueAsync(() => caches.All(cache => ((ICacheInspector)cache).GetStatistics().Coherence == "tracking"), seconds: 60);
        for (var i = 0; i < caches.Length; i++)
            Assert.Equal(i, await caches[i].GetOrCreateAsync("p:1", _ => ValueTask.FromResult(i), tags: ["t"]));
        await caches[0].RemoveByTagAsync("t");
        await caches[1].RemoveAsync("p:1");
        Assert.False((await caches[0].TryGetAsync<int>("p:1")).Found);
        Assert.False((await caches[1].TryGetAsync<int>("p:1")).Found);
        Assert.Equal(2, (await caches[2].TryGetAsync<int>("p:1")).Value);
    }

    [Fact]
    public void KeyedCaches_WhoseNamesDifferInWhatNoKeyHas_HavePrefixesOfTheirOwn()
    {
        string[] names = ["one", "a/b", "a_b", "\u5546\u54c1", "\u7528\u6237", new string('x', 61), new string('x', 62)];
        var services = new ServiceCollection().AddLogging().AddMetrics();
        foreach (var name in names)
            services.AddKeyedHotShelfCaching(name, options => options.MemoryOnly = true);
        using var provider = services.BuildServiceProvider();
        var prefixes = names.Select(name => provider.GetRequiredService<IOptionsMonitor<HotShelfCachingOptions>>().Get(name).Prefix).ToList();
        Assert.Equal(names.Length, prefixes.Distinct().Count());
        Assert.Equal("hs-one", prefixes[0]);
    }

    [Fact]
    public void Configuration_OverridesCode_AndABadValueStopsTheStartWithKeyValueAndRange()
    {
        static IHost Build(params (string Key, string Value)[] settings)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Configuration.AddInMemoryCollection(settings.Append(("Caching:MemoryOnly", "true")).DistinctBy(setting => setting.Item1).Select(setting => KeyValuePair.Create(setting.Item1, (string?)setting.Item2)));
            builder.AddHotShelfCaching("cache", options => options.Families["price"] = new CachePolicy { Fresh = TimeSpan.FromSeconds(1), Grace = TimeSpan.FromSeconds(7) });
            return builder.Build();
        }

        using (var host = Build(("Caching:Families:price:Fresh", "00:00:30"), ("Caching:Families:other:Local", "00:00:02")))
        {
            var families = host.Services.GetRequiredService<IOptions<HotShelfCachingOptions>>().Value.Families;
            Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(7)), (families["price"].Fresh, families["price"].Grace));
            Assert.Equal(TimeSpan.FromSeconds(2), families["other"].Local);
        }

        using (var host = Build(("CACHING:FAMILIES:PRICE:FRESH", "00:00:30")))
        {
            var families = host.Services.GetRequiredService<IOptions<HotShelfCachingOptions>>().Value.Families;
            Assert.Equal(("price", TimeSpan.FromSeconds(30)), (Assert.Single(families).Key, families["price"].Fresh));
        }

        foreach (var (key, value, allowed) in new[]
        {
            ("Caching:Families:price:Fresh", "soon", "hh:mm:ss"), ("Caching:Families:price:EagerRefresh", "0.05", "0.1 to 0.99"),
            ("Caching:Families:price:Frsh", "00:00:30", "Fresh"), ("Caching:RemoteTimeout", "00:00:00", "1 ms to 1 minute"), ("Caching:Prefix", "a b", "1 to 64"),
            ("Caching:MemoryOnly", "perhaps", "true or false"), ("Caching:Fleet", "x", "RemoteTimeout"),
        })
        {
            using var host = Build((key, value));
            var error = Assert.Throws<OptionsValidationException>(() => host.Start());
            Assert.Contains(key, error.Message, StringComparison.Ordinal);
            Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
        }

        using (var host = Build(("Caching:Families:(other):Fresh", "00:00:30")))
            Assert.Contains("Caching:Default", Assert.Throws<OptionsValidationException>(() => host.Start()).Message, StringComparison.Ordinal);
    }
}
