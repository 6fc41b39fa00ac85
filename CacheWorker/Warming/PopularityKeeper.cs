using System.Data.Common;
using HotShelf.Catalog;
using HotShelf.Catalog.Warming;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Lets the ranking survive Redis: saves its top in the database now and then and when the process ends, and gives it back to a Redis that has lost it.</summary>
internal sealed class PopularityKeeper(
    IPopularityRanking ranking, ISavedPopularity saved, CatalogSetup setup, IOptions<WarmingOptions> options, TimeProvider time, ILogger<PopularityKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_lastSaveWithin = TimeSpan.FromSeconds(3);

    /// <summary>The most popular keys, restored before when Redis has lost them.</summary>
    /// <exception cref="StackExchange.Redis.RedisException">Redis does not answer.</exception>
    public async Task<IReadOnlyList<KeyValuePair<string, double>>> GetTopAsync(int count, CancellationToken cancellationToken)
    {
        await RestoreAsync(cancellationToken).ConfigureAwait(false);
        return await ranking.GetTopAsync(count, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Saves once; true when this worker did, and not another shortly before.</summary>
    internal async Task<bool> SaveAsync(TimeSpan atMostEvery, CancellationToken cancellationToken)
    {
        // What Redis has lost must not replace what is saved.
        var top = await GetTopAsync(options.Value.Products, cancellationToken).ConfigureAwait(false);
        return top.Count > 0 && await saved.SaveAsync(top, atMostEvery, cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (!setup.Completed.IsCompletedSuccessfully)
            return;
        using var limit = new CancellationTokenSource(s_lastSaveWithin, time);
        await TrySaveAsync(TimeSpan.Zero, limit.Token).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            using var timer = new PeriodicTimer(options.Value.SaveInterval, time);
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                await TrySaveAsync(options.Value.SaveInterval / 2, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task TrySaveAsync(TimeSpan atMostEvery, CancellationToken cancellationToken)
    {
        try
        {
            await SaveAsync(atMostEvery, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure.IsRedisFailure() || failure is DbException or IOException or OperationCanceledException)
        {
            Log.RankingNotSaved(logger, failure.Message);
        }
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (!setup.Completed.IsCompletedSuccessfully || !await ranking.IsLostAsync(cancellationToken).ConfigureAwait(false))
            return;
        try
        {
            var last = await saved.ReadAsync(cancellationToken).ConfigureAwait(false);
            var left = Math.Pow(0.5, last.Age / options.Value.PopularityHalfLife);
            await ranking.RestoreAsync([.. last.Scores.Select(item => KeyValuePair.Create(item.Key, item.Value * left))], cancellationToken).ConfigureAwait(false);
            if (last.Scores.Count > 0)
                Log.RankingRestored(logger, last.Scores.Count, last.Age.TotalMinutes);
        }
        catch (DbException failure)
        {
            // Tried again with the next look; until then the ranking is what the API nodes count anew.
            Log.RankingNotSaved(logger, failure.Message);
        }
    }
}
