using HotShelf.Caching.Internal;
using Microsoft.Extensions.Hosting;

namespace HotShelf.Caching.Popularity;

/// <summary>Brings this node's reads to the fleet's ranking now and then, and once more when the process ends.</summary>
internal sealed class PopularityCounter(HotShelfCache cache) : BackgroundService
{
    private readonly ReadHarvest _harvest = new(cache.Options.PopularityKeys);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        cache.Local.Left = _harvest.Departed;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await DeliverAsync().ConfigureAwait(false);
        cache.Local.Left = null;
    }

    /// <summary>Delivers what was counted since the last time; what cannot be delivered now comes with the next.</summary>
    internal async Task DeliverAsync()
    {
        if (cache.Remote is not { Store: IPopularityStore } remote)
            return;
        var reads = _harvest.Take(cache.Local.Each());
        if (reads.Count > 0 && !await remote.RunAsync(reads, static (store, reads) => ((IPopularityStore)store).AddReadsAsync(reads)).ConfigureAwait(false))
            _harvest.GiveBack(reads);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(cache.Options.PopularityInterval, cache.Clock.Provider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                await DeliverAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}
