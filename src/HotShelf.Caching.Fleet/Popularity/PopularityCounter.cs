using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.Caching.Fleet;

/// <summary>Adds this node's reads to the ranking at intervals, and when the process stops. A node that feeds the cache does not: its reads would distort the ranking.</summary>
internal sealed class PopularityCounter(
    ICacheInspector cache, FleetStore store, ReadCounts counts, IOptions<HotShelfCachingOptions> caching, IOptions<FleetOptions> options, TimeProvider time, ILogger<PopularityCounter> logger)
    : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (!caching.Value.IsFeed)
            await DeliverAsync().ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (caching.Value.IsFeed)
            return;
        using var timer = new PeriodicTimer(options.Value.PopularityInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                await DeliverAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    /// <summary>Sends the counts since the last call; counts that cannot be sent are kept for the next call.</summary>
    private async Task DeliverAsync()
    {
        if (!store.IsConnected)
            return;
        var reads = counts.Take(cache.EnumerateLocal());
        if (reads.Count > 0 && !await FleetCalls.TryAsync(store.AddReadsAsync(reads), caching.Value.RemoteTimeout, time, logger).ConfigureAwait(false))
            counts.GiveBack(reads);
    }
}
