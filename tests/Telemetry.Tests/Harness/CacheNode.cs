using System.Diagnostics.Metrics;
using HotShelf.Caching;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>One process' worth of cache with its instruments read.</summary>
internal sealed class CacheNode : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private CacheNode(ServiceProvider services)
    {
        _services = services;
        Metrics = new Instruments(services.GetRequiredService<IMeterFactory>());
        Cache = services.GetRequiredService<HybridCache>();
        Inspector = services.GetRequiredService<ICacheInspector>();
    }

    public Instruments Metrics { get; }

    public HybridCache Cache { get; }

    public ICacheInspector Inspector { get; }

    public static async Task<CacheNode> StartAsync(string? redis = null, TimeProvider? time = null, Action<HotShelfCachingOptions>? configure = null)
    {
        var services = new ServiceCollection().AddLogging().AddMetrics();
        if (time is not null)
            services.AddSingleton(time);
        services.AddHotShelfCaching(options =>
        {
            options.Redis = redis;
            options.RemoteTimeout = TimeSpan.FromSeconds(10);
            options.Default.Jitter = 0;
            configure?.Invoke(options);
        });
        var node = new CacheNode(services.BuildServiceProvider());
        if (redis is not null)
            await Until.TrueAsync(() => node.Inspector.GetStatistics().Coherence == "tracking", "the stream of changes is there");
        return node;
    }

    public ValueTask<string?> GetAsync(string key, string? value = "value") => Cache.GetOrCreateAsync<string?>(key, _ => ValueTask.FromResult(value));

    public async ValueTask DisposeAsync()
    {
        Metrics.Dispose();
        await _services.DisposeAsync();
    }
}
