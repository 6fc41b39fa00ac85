using HotShelf.Caching.Internal;
using HotShelf.Caching.Internal.Remote;
using HotShelf.Caching.Redis;
using HotShelf.TestServers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HotShelf.Caching.Tests.Fleet;

/// <summary>One process' worth of cache: its own container, L1, connection and stream.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Node(ServiceProvider services)
    {
        _services = services;
        Cache = services.GetRequiredService<HybridCache>();
        Inner = services.GetRequiredService<HotShelfCache>();
    }

    public HybridCache Cache { get; }

    public HotShelfCache Inner { get; }

    public IServiceProvider Services => _services;

    /// <summary>What the test put between the cache and its store.</summary>
    public IRemoteStore? Store { get; private set; }

    /// <summary>For tests that are none of slow machines: a result is exact only while Redis answers in time, which on a busy machine it may not within the default.</summary>
    public static void Patient(HotShelfCachingOptions options)
    {
        options.RemoteTimeout = TimeSpan.FromSeconds(30);
        options.LeaseWait = TimeSpan.FromSeconds(60);
        options.LeaseDuration = TimeSpan.FromSeconds(120);
    }

    /// <summary>Over real Redis, or in memory alone; returns when its stream is whole, unless the test's server refuses tracking.</summary>
    public static async Task<Node> StartAsync(string? redis, Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null, bool untilCoherent = true)
    {
        var node = Build(options =>
        {
            options.Redis = redis;
            configure?.Invoke(options);
        }, register);
        if (redis is not null && untilCoherent)
            await node.UntilCoherentAsync();
        return node;
    }

    public static async Task<Node[]> StartManyAsync(int count, string redis, Action<HotShelfCachingOptions>? configure = null) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartAsync(redis, configure)));

    /// <summary>Over a store of the test.</summary>
    public static Node Over(IRemoteStore store, TimeProvider? time = null, Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null)
    {
        var node = Build(configure, services =>
        {
            services.AddSingleton(store);
            if (time is not null)
                services.AddSingleton(time);
            register?.Invoke(services);
        });
        node.Store = store;
        return node;
    }

    /// <summary>Over real Redis with something of the test in between; returns when its stream is whole.</summary>
    public static async Task<Node> OverAsync(string redis, Func<IRemoteStore, IRemoteStore> decorate, Action<HotShelfCachingOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new HotShelfCachingOptions { Redis = redis };
        configure?.Invoke(options);
        var none = new ServiceCollection().BuildServiceProvider();
        var node = Over(decorate(RedisFactory.TryCreate(none, null, options, time ?? TimeProvider.System, NullLoggerFactory.Instance)!), time, configure);
        await node.UntilCoherentAsync();
        return node;
    }

    public Task UntilCoherentAsync() => Until.TrueAsync(() => Inner.CoherenceName == "tracking", "the stream is whole", seconds: 60);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static Node Build(Action<HotShelfCachingOptions>? configure, Action<IServiceCollection>? register)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        register?.Invoke(services);
        services.AddHotShelfCaching(options =>
        {
            options.Default.Jitter = 0;
            configure?.Invoke(options);
        });
        return new Node(services.BuildServiceProvider());
    }
}
