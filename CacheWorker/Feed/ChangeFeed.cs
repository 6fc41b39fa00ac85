using System.Data.Common;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Feed;

/// <summary>The loop that brings the database's own changes to the cache: until the feed is empty batch after batch, then asleep until woken.</summary>
internal sealed partial class ChangeFeed(
    OutboxStore outbox, ICacheInvalidator invalidator, FeedSignal signal, FeedHeartbeat heartbeat, IEnumerable<IInvalidationObserver> observers,
    Catalog.CatalogSetup setup, WorkerMetrics metrics, IOptions<FeedOptions> options, TimeProvider time, ILogger<ChangeFeed> logger) : BackgroundService
{
    private string? _trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            Log.FeedStarted(logger);
            while (!stoppingToken.IsCancellationRequested)
            {
                heartbeat.Beat();
                switch (await DrainAsync(stoppingToken).ConfigureAwait(false))
                {
                    case Drained.Empty:
                        heartbeat.FoundEmpty();
                        await signal.WaitAsync(options.Value.PollInterval, time, stoppingToken).ConfigureAwait(false);
                        break;
                    case Drained.InTrouble:
                        await Task.Delay(options.Value.RetryDelay, time, stoppingToken).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Log.FeedStopped(logger);
        }
    }

    private async Task<Drained> DrainAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (_trouble is not null && !await invalidator.IsReachableAsync(stoppingToken).ConfigureAwait(false))
                return Drained.InTrouble;
            var taken = await ProcessBatchAsync().ConfigureAwait(false);
            Recovered();
            return taken < options.Value.BatchSize ? Drained.Empty : Drained.Partly;
        }
        catch (CacheUnreachableException failure)
        {
            return Trouble(failure);
        }
        catch (Exception failure) when (failure is DbException or TimeoutException or IOException or InvalidOperationException
            || (failure is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            return Trouble(failure);
        }
    }

    // Nothing in here sees the host's stop: the batch in hand is finished, within its time limit.
    private async Task<int> ProcessBatchAsync()
    {
        using var limit = new CancellationTokenSource(options.Value.BatchTimeout, time);
        IReadOnlyList<OutboxRow> taken = [];
        try
        {
            var rows = await outbox.TakeAsync(options.Value.BatchSize, batch => InvalidateAsync(taken = batch, limit.Token), limit.Token).ConfigureAwait(false);
            Done(rows);
            return rows.Count;
        }
        catch (Exception failure) when (taken.Count > 0 && failure is not (CacheUnreachableException or DbException or OperationCanceledException or TimeoutException or IOException))
        {
            Log.BatchRefused(logger, failure, taken.Count);
            await ProcessOneByOneAsync(taken).ConfigureAwait(false);
            return taken.Count;
        }
    }

    private Task InvalidateAsync(IReadOnlyCollection<OutboxRow> rows, CancellationToken cancellationToken) =>
        invalidator.InvalidateAsync(Invalidation.Of(rows), cancellationToken);

    private void Done(IReadOnlyList<OutboxRow> rows)
    {
        if (rows.Count == 0)
            return;
        var now = time.GetUtcNow();
        foreach (var row in rows)
            metrics.RowDone(now - row.ChangedAt);
        var invalidation = Invalidation.Of(rows);
        metrics.Invalidated(invalidation);
        foreach (var observer in observers)
            observer.Invalidated(invalidation);
    }

    private Drained Trouble(Exception failure)
    {
        // One line when the trouble begins, one when it ends.
        if (_trouble is null)
            Log.FeedInTrouble(logger, failure.Message, options.Value.RetryDelay.TotalMilliseconds);
        _trouble = failure.Message;
        metrics.FeedFailed(failure is CacheUnreachableException ? "cache" : "database");
        return Drained.InTrouble;
    }

    private void Recovered()
    {
        if (_trouble is null)
            return;
        _trouble = null;
        Log.FeedRecovered(logger);
    }

    private enum Drained
    {
        Empty,
        Partly,
        InTrouble,
    }
}
