using System.Data.Common;

namespace HotShelf.CacheWorker.Feed;

internal sealed partial class ChangeFeed
{
    /// <summary>
    /// After the cache has refused a batch: each row by itself, so that one malformed row neither holds up nor takes along the others. A row
    /// is blamed only while the cache accepts a harmless invalidation; otherwise the trouble is not the row's.
    /// </summary>
    private async Task ProcessOneByOneAsync(IReadOnlyList<OutboxRow> rows)
    {
        foreach (var row in rows)
        {
            heartbeat.Beat();
            using var limit = new CancellationTokenSource(options.Value.BatchTimeout, time);
            try
            {
                Done(await outbox.TakeOneAsync(row.Id, one => InvalidateAsync(one, limit.Token), limit.Token).ConfigureAwait(false));
            }
            catch (Exception failure) when (failure is not (CacheUnreachableException or DbException or OperationCanceledException or TimeoutException or IOException))
            {
                if (!await invalidator.IsReachableAsync(limit.Token).ConfigureAwait(false))
                    throw new CacheUnreachableException(failure.Message);
                await RefusedAsync(row, failure, limit.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task RefusedAsync(OutboxRow row, Exception failure, CancellationToken cancellationToken)
    {
        if (row.Attempts + 1 < options.Value.MaximumAttempts)
        {
            await outbox.CountRefusalAsync(row.Id, cancellationToken).ConfigureAwait(false);
            return;
        }

        await outbox.SetAsideAsync(row.Id, $"{failure.GetType().Name}: {failure.Message}", cancellationToken).ConfigureAwait(false);
        metrics.RowSetAside();
        Log.RowSetAside(logger, failure, row.Id, row.Attempts + 1);
    }
}
