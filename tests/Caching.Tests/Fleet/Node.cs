using HotShelf.Caching.Internal;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

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

    public static async Task<Node> StartAsync(string? redis, Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? register = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        register?.Invoke(services);
        services.AddHotShelfCaching(options =>
        {
            options.Redis = redis;
            options.Default.Jitter = 0;
            configure?.Invoke(options);
        });
        var node = new Node(services.BuildServiceProvider());
        if (redis is not null)
            await Until.TrueAsync(() => node.Inner.CoherenceName is "tracking" or "pubsub");
        return node;
    }

    public static async Task<Node[]> StartManyAsync(int count, string redis, Action<HotShelfCachingOptions>? configure = null) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartAsync(redis, configure)));

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <summary>Waits for what must come, and fails with a clear message when it does not.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, int seconds = 10, string? what = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"Not within {seconds} s: {what ?? "the condition"}");
            await Task.Delay(1, CancellationToken.None);
        }
    }

    public static async Task TrueAsync(Func<Task<bool>> condition, int seconds = 10, string? what = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"Not within {seconds} s: {what ?? "the condition"}");
            await Task.Delay(1, CancellationToken.None);
        }
    }
}
