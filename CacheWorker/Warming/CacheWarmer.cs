using System.Threading.Channels;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Caching.Postgres;
using HotShelf.Catalog;
using HotShelf.ServiceDefaults.Health;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Warming;

/// <summary>
/// Fills the most read keys before they are asked for: at start, when Redis is back, after a bump of the version, after a family or everything was removed, and on request.
/// Workers take turns: what the first has filled costs the next one a look, and what a worker that died has left is filled by the next.
/// </summary>
internal sealed class CacheWarmer(
    HotKeys hot, CatalogKeys keys, IProductIndex index, ICacheFleet fleet, IConnectionMultiplexer redis, IChangeFeed feed, CatalogSetup setup, ReadinessState readiness,
    ICacheInspector cache, IOptions<HotShelfCachingOptions> caching, IOptions<WarmingOptions> options, WorkerMetrics metrics, TimeProvider time, ILogger<CacheWarmer> logger) : BackgroundService
{
    private const int BatchSize = 100;
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_feedWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_cacheWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_lockExpiry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    // Between the servers of a Cluster.
    private static readonly TimeSpan s_clockDifference = TimeSpan.FromSeconds(5);

    // A warming covers all the most read keys, so one that waits stands for all that are asked for meanwhile.
    private readonly Channel<string> _reasons = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly RedisKey _lock = $"warming:{{{caching.Value.Prefix}:{caching.Value.Version}}}";
    private readonly RedisValue _token = Guid.NewGuid().ToString("N");
    private readonly long _started = time.GetTimestamp();
    private bool _isUnreadable;

    /// <summary>Asks for a warming.</summary>
    public void Request(string reason) => _reasons.Writer.TryWrite(reason);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Products > 0)
            readiness.SetNotReady("warming the cache");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.ConnectionRestored += OnRestored;
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            await Task.WhenAll(RankAsync(stoppingToken), WarmAsync(stoppingToken), WatchAsync(stoppingToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            redis.ConnectionRestored -= OnRestored;
        }
    }

    // It may have come back empty.
    private void OnRestored(object? sender, ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType == ConnectionType.Interactive)
            Request("Redis is back");
    }

    private async Task RankAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RankingInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            await TryRankAsync(stoppingToken).ConfigureAwait(false);
    }

    private async Task TryRankAsync(CancellationToken cancellationToken)
    {
        try
        {
            await hot.RefreshAsync(cancellationToken).ConfigureAwait(false);
            _isUnreadable = false;
        }
        catch (Exception failure) when (failure.IsRedisFailure())
        {
            if (!_isUnreadable)
                Log.RankingUnreadable(logger, failure.Message);
            _isUnreadable = true;
        }
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Products == 0)
            return;
        var startedAt = await StartedAtAsync(stoppingToken).ConfigureAwait(false);
        await foreach (var happened in fleet.WatchAsync(stoppingToken).ConfigureAwait(false))
        {
            // The first ones are from before this process.
            if (happened.StoredAt >= startedAt - s_clockDifference && ReasonOf(happened) is { } reason)
                Request(reason);
        }
    }

    /// <summary>When this process started, by the clock of Redis: that of who sends an event may be wrong.</summary>
    private async Task<DateTimeOffset> StartedAtAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var now = await redis.GetDatabase().ExecuteAsync("TIME").WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
                return DateTimeOffset.FromUnixTimeSeconds((long)now[0]) - time.GetElapsedTime(_started);
            }
            catch (Exception failure) when (failure.IsRedisFailure())
            {
                await Task.Delay(s_retryDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private string? ReasonOf(CacheEvent happened) => happened switch
    {
        { Kind: CacheEventKind.VersionBumped } when happened.CacheVersion == caching.Value.Version => "version bump",
        { Kind: CacheEventKind.Invalidation, Scope: InvalidationScope.Family or InvalidationScope.Everything } => "removal",
        { Kind: CacheEventKind.Warming, State: CacheWarming.Requested } => "on request",
        _ => null,
    };

    private async Task WarmAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Products > 0)
            await WarmFirstAsync(stoppingToken).ConfigureAwait(false);
        await foreach (var reason in _reasons.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
            await WarmAsync(reason, stoppingToken).ConfigureAwait(false);
    }

    private async Task WarmFirstAsync(CancellationToken stoppingToken)
    {
        var first = WarmAfterTheFeedAsync(stoppingToken);
        if (await Task.WhenAny(first, Task.Delay(options.Value.ReadyAfter, time, stoppingToken)).ConfigureAwait(false) != first && !stoppingToken.IsCancellationRequested)
            Log.WarmingLimit(logger, options.Value.ReadyAfter.TotalSeconds);
        readiness.SetReady();
        await first.ConfigureAwait(false);
    }

    private async Task WarmAfterTheFeedAsync(CancellationToken cancellationToken)
    {
        // What the feed invalidates afterwards, such as the families that the feed of a new database removes, would be warmed in vain.
        await Task.WhenAny(feed.CaughtUp, Task.Delay(s_feedWithin, time, cancellationToken)).ConfigureAwait(false);
        await WarmAsync("start", cancellationToken).ConfigureAwait(false);
    }

    private async Task WarmAsync(string reason, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await FillAsync(reason, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    metrics.WarmingRemaining = 0;
                    await redis.GetDatabase().LockReleaseAsync(_lock, _token).WaitAsync(s_timeout, time, CancellationToken.None).ConfigureAwait(false);
                }

                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // Without Redis the values would end up in this process alone, which does not read them.
                if (isFirst)
                    Log.WarmingFailed(logger, failure.Message);
                await Task.Delay(s_retryDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        // Later than the client the cache notices that Redis is back, and sends again what it removed lately: what is filled before that is not stored, or hidden at once.
        for (var started = time.GetTimestamp(); cache.GetStatistics() is not { RemoteState: "closed", Coherence: not "lost", PendingInvalidations: 0 } && time.GetElapsedTime(started) < s_cacheWithin;)
            await Task.Delay(s_retryDelay, time, cancellationToken).ConfigureAwait(false);
        while (!await redis.GetDatabase().LockTakeAsync(_lock, _token, s_lockExpiry).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false))
            await Task.Delay(s_retryDelay, time, cancellationToken).ConfigureAwait(false);
    }

    private async Task FillAsync(string reason, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await TryRankAsync(cancellationToken).ConfigureAwait(false);
        var all = await ListAsync(cancellationToken).ConfigureAwait(false);
        Log.WarmingStarted(logger, all.Count, reason);
        var (done, warmed, failed) = (0, 0, 0);
        // No pause between two is longer than a second, in which the lock does not end.
        foreach (var batch in all.Chunk(Math.Min(BatchSize, options.Value.KeysPerSecond)))
        {
            metrics.WarmingRemaining = all.Count - done;
            var read = await TryReadAsync(batch, cancellationToken).ConfigureAwait(false);
            metrics.Warmed(read ?? 0, read is null ? batch.Length : 0);
            (done, warmed, failed) = (done + batch.Length, warmed + (read ?? 0), failed + (read is null ? batch.Length : 0));
            await redis.GetDatabase().LockExtendAsync(_lock, _token, s_lockExpiry).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
            if (TimeSpan.FromSeconds((double)done / options.Value.KeysPerSecond) - time.GetElapsedTime(started) is { Ticks: > 0 } early)
                await Task.Delay(early, time, cancellationToken).ConfigureAwait(false);
        }

        var took = time.GetElapsedTime(started);
        Log.WarmingDone(logger, warmed, took.TotalSeconds, failed);
        try
        {
            await fleet.RecordAsync(new CacheWarming(CacheWarming.Done, Environment.MachineName, reason, warmed, took), cancellationToken).ConfigureAwait(false);
        }
        catch (FleetUnavailableException)
        {
            // Consoles do not hear of it; the cache is filled all the same.
        }
    }

    /// <summary>The most read keys; where few were counted, then products, the newest first: customers look at new arrivals, and old ones would be counted if they were read.</summary>
    private async Task<List<string>> ListAsync(CancellationToken cancellationToken)
    {
        const int Step = 5_000;
        List<string> list = [.. hot.All.Where(CatalogKeys.CanRead)];
        var known = list.ToHashSet(StringComparer.Ordinal);
        var top = Math.Min(options.Value.Products, options.Value.Newest);
        for (var last = int.MaxValue; list.Count < top;)
        {
            var ids = await index.ListIdsAsync(Math.Min(Step, top), last, cancellationToken).ConfigureAwait(false);
            if (ids.Count == 0)
                break;
            list.AddRange(ids.Select(CatalogCacheKeys.Product).Where(known.Add).Take(top - list.Count));
            last = ids[^1];
        }

        return list;
    }

    /// <summary>How many of the keys name something that is there; null when they could not be read.</summary>
    private async Task<int?> TryReadAsync(string[] batch, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.ReadAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The next batch may fare better; the keys of this one are loaded by their first readers.
            Log.WarmingBatchFailed(logger, batch.Length, failure.Message);
            return null;
        }
    }
}
