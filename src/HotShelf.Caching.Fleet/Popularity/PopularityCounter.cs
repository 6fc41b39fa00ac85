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

    /// <summary>Sends the counts since the last call; those that cannot be sent are kept for the next call. What was sent and not confirmed in time is not: it is mostly executed later.</summary>
    private async Task DeliverAsync()
    {
        if (!store.IsConnected)
            return;
        var reads = counts.Take(cache.EnumerateLocal());
        var sent = 0;
        foreach (var some in reads.Chunk(128))
        {
            var sending = store.AddReadsAsync(some);
            if (!await TryAsync(sending).ConfigureAwait(false))
            {
                counts.GiveBack(reads.Skip(sending.IsFaulted ? sent : sent + some.Length));
                return;
            }

            sent += some.Length;
        }

        if (sent > 0)
            await TryAsync(store.TrimReadsAsync()).ConfigureAwait(false);
    }

    private ValueTask<bool> TryAsync(Task call) => FleetCalls.TryAsync(call, caching.Value.RemoteTimeout, time, logger);
}
