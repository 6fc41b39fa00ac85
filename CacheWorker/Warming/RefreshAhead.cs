using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>
/// Reads the hot keys again and again, as a reader would: the cache refreshes what nears the end of its life before it ends, and loads what is gone. API
/// nodes do the same for keys they are asked for in that time; this is for the rest, and for what Redis has evicted.
/// </summary>
internal sealed class RefreshAhead(HotKeys hot, ICatalogWarmer warmer, IOptions<WarmingOptions> options, TimeProvider time, ILogger<RefreshAhead> logger) : BackgroundService
{
    private const int AtOnce = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.RefreshAhead == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(options.Value.RefreshAhead, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                await Parallel.ForEachAsync(hot.All, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, ReadAsync).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async ValueTask ReadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await warmer.ReadAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.RefreshFailed(logger, failure.Message);
        }
    }
}
