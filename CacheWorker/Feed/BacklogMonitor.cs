using System.Data.Common;

namespace HotShelf.CacheWorker.Feed;

/// <summary>Measures what waits in the feed, so that a feed that stands still is seen as well as one that runs.</summary>
internal sealed class BacklogMonitor(OutboxStore outbox, Catalog.CatalogSetup setup, WorkerMetrics metrics, TimeProvider time, ILogger<BacklogMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            using var timer = new PeriodicTimer(s_every, time);
            do
            {
                try
                {
                    metrics.Backlog = await outbox.ReadBacklogAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (failure is DbException or TimeoutException or IOException)
                {
                    // The feed's own loop reports a database that is away; the last figures stand until it is back.
                    Log.BacklogUnknown(logger, failure.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}
