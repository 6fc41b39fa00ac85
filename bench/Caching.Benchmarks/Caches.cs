using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HotShelf.Caching.Benchmarks;

/// <summary>Makes caches as an application would.</summary>
internal static class Caches
{
    public static ServiceProvider Create(string? redis, Action<HotShelfCachingOptions>? configure = null, Action<IServiceCollection>? add = null)
    {
        var services = new ServiceCollection().AddLogging().AddMetrics().AddHotShelfCaching(options =>
        {
            options.Redis = redis;
            options.Default.Fresh = TimeSpan.FromHours(1);
            options.Default.Local = TimeSpan.FromHours(1);
            configure?.Invoke(options);
        });
        add?.Invoke(services);
        return services.BuildServiceProvider();
    }

    public static HybridCache Cache(this ServiceProvider services) => services.GetRequiredService<HybridCache>();

    public static async Task CoherentAsync(this ServiceProvider services)
    {
        var inspector = services.GetRequiredService<ICacheInspector>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (inspector.GetStatistics().Coherence != "tracking")
            await Task.Delay(10, limit.Token);
    }
}
