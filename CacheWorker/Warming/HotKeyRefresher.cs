using System.Threading.Channels;
using HotShelf.Caching.Postgres;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Loads hot keys again right after a change made them stale, so that their next reader finds them.</summary>
internal sealed class HotKeyRefresher(HotKeys hot, ICatalogWarmer warmer, IOptions<WarmingOptions> options, ILogger<HotKeyRefresher> logger) : BackgroundService, IChangeFeedObserver
{
    // What does not fit is loaded by its next reader, as ever.
    private readonly Channel<string> _stale = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void OnInvalidated(IReadOnlyCollection<string> keys)
    {
        foreach (var key in keys)
        {
            if (hot.Contains(key))
                _stale.Writer.TryWrite(key);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            while (await _stale.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
            {
                keys.Clear();
                while (keys.Count < options.Value.BatchSize && _stale.Reader.TryRead(out var key))
                    keys.Add(key);
                try
                {
                    await warmer.WarmAsync([.. keys], stoppingToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    Log.RefreshFailed(logger, failure.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}
