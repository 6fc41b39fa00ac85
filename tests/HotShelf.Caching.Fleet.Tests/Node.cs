using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HotShelf.Caching.Fleet.Tests;

/// <summary>One process of the fleet: a cache that publishes five times a second, run as a host does.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Node(ServiceProvider services)
    {
        _services = services;
        Cache = services.GetRequiredService<HybridCache>();
        Inspector = services.GetRequiredService<ICacheInspector>();
    }

    public HybridCache Cache { get; }

    public ICacheInspector Inspector { get; }

    public CacheStatistics Statistics => Inspector.GetStatistics();

    public ICacheNodeReporter Reporter => _services.GetRequiredService<ICacheNodeReporter>();

    public FleetStore Store => _services.GetRequiredService<FleetStore>();

    /// <summary>Returns when its stream is whole.</summary>
    public static async Task<Node> StartAsync(
        string redis, Action<HotShelfCachingOptions>? caching = null, Action<FleetOptions>? fleet = null, Action<IServiceCollection>? register = null)
    {
        var services = new ServiceCollection().AddLogging().AddMetrics();
        register?.Invoke(services);
        services.AddHotShelfCaching(options =>
        {
            options.Redis = redis;
            options.Default.Jitter = 0;
            options.RemoteTimeout = TimeSpan.FromSeconds(10);
            caching?.Invoke(options);
        });
        services.AddHotShelfFleet(options =>
        {
            options.Interval = TimeSpan.FromMilliseconds(200);
            fleet?.Invoke(options);
        });
        var node = new Node(services.BuildServiceProvider());
        foreach (var service in node._services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => node.Statistics.Coherence == "tracking", "the stream is whole", seconds: 60);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>().Reverse())
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}
