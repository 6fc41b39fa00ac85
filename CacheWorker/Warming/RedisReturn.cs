using HotShelf.Catalog.Warming;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Asks for a warming when Redis comes back, because it may have come back empty. What is still there is skipped.</summary>
internal sealed class RedisReturn(IConnectionMultiplexer redis, WarmingService warming) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionRestored += OnRestored;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionRestored -= OnRestored;
        return Task.CompletedTask;
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType != ConnectionType.Interactive)
            return;
        if (warming.Progress.Queued == 0)
            warming.TryRequest(new WarmingRequest(), "Redis is back");
    }
}
