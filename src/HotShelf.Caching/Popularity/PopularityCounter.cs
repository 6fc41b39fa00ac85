using HotShelf.Caching.Internal;
using Microsoft.Extensions.Hosting;

namespace HotShelf.Caching.Popularity;

/// <summary>Adds this node's reads to the fleet's ranking at intervals, and when the process stops.</summary>
internal sealed class PopularityCounter(HotShelfCache cache) : BackgroundService
{
    private readonly ReadCounts _counts = new(cache.Options.PopularityKeys);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        cache.Local.Left = _counts.AddEntry;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await DeliverAsync().ConfigureAwait(false);
        cache.Local.Left = null;
    }

    /// <summary>Sends the counts since the last call; counts that cannot be sent are kept for the next call.</summary>
    internal async Task DeliverAsync()
    {
        if (cache.Remote is not { Store: IPopularityStore } remote)
            return;
        var reads = _counts.Take(cache.Local.Each());
        if (reads.Count > 0 && !await remote.RunAsync(reads, static (store, reads) => ((IPopularityStore)store).AddReadsAsync(reads)).ConfigureAwait(false))
            _counts.GiveBack(reads);
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
            // The host is stopping.
        }
    }
}
