using System.Data.Common;
using HotShelf.Catalog;
using HotShelf.Catalog.Warming;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Takes requested warmings from the database, one at a time, so that other workers have their share.</summary>
internal sealed class WarmingInbox(
    IWarmingRequests requests, WarmingService warming, WarmingJournal journal, CatalogSetup setup, IOptions<WarmingOptions> options, TimeProvider time,
    ILogger<WarmingInbox> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            while (true)
            {
                while (await TryTakeAsync(stoppingToken).ConfigureAwait(false) is { } taken)
                {
                    using var job = new WarmingJob(taken.Request, "on request") { Id = taken.Id };
                    var following = journal.FollowAsync(job);
                    await warming.EnqueueAsync(job).ConfigureAwait(false);
                    // Ends with the process too: WarmingService stops before this service, and ends all jobs.
                    await following.ConfigureAwait(false);
                }

                await Task.Delay(options.Value.RequestPoll, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task<TakenWarming?> TryTakeAsync(CancellationToken stoppingToken)
    {
        try
        {
            stoppingToken.ThrowIfCancellationRequested();
            return await requests.TakeAsync(journal.Worker, options.Value.AbandonedAfter, stoppingToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is DbException or IOException or TimeoutException)
        {
            Log.JournalFailed(logger, failure.Message);
            return null;
        }
    }
}
