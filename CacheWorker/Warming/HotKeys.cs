using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>The most popular keys of the moment, read from the ranking now and then; also keeps the ranking decaying.</summary>
internal sealed class HotKeys(PopularityKeeper keeper, IPopularityRanking ranking, IOptions<WarmingOptions> options, TimeProvider time, ILogger<HotKeys> logger) : BackgroundService
{
    private volatile FrozenSet<string> _keys = FrozenSet<string>.Empty;
    private bool _unreadable;

    /// <summary>As read last.</summary>
    public IReadOnlyCollection<string> All => _keys;

    public bool Contains(string key) => _keys.Contains(key);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RankingInterval, time);
        try
        {
            do
            {
                await ReadAsync(stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task ReadAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Read first: that restores what Redis has lost, which decaying would take for granted.
            _keys = (await keeper.GetTopAsync(options.Value.HotKeys, stoppingToken).ConfigureAwait(false)).Select(item => item.Key).ToFrozenSet(StringComparer.Ordinal);
            if (!await ranking.IsLostAsync(stoppingToken).ConfigureAwait(false))
                await ranking.DecayAsync(stoppingToken).ConfigureAwait(false);
            _unreadable = false;
        }
        catch (Exception failure) when (failure.IsRedisFailure())
        {
            if (!_unreadable)
                Log.RankingUnreadable(logger, failure.Message);
            _unreadable = true;
        }
    }
}
