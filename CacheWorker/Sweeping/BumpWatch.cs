using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Catalog.Warming;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Sweeping;

/// <summary>
/// Sees that the version was bumped, by whomever and by whatever way (the API, a console, everything removed): asks for a warming, and sweeps what is
/// hidden. A mark in Redis says up to which bump that was done, so that a worker that starts makes good what another did not finish.
/// </summary>
internal sealed class BumpWatch(
    IConnectionMultiplexer redis, ICacheFleet fleet, VersionSweeper sweeper, WarmingService warming, IOptions<HotShelfCachingOptions> caching, TimeProvider time, ILogger<BumpWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    private readonly RedisKey _swept = $"swept:{{{caching.Value.Prefix}:{caching.Value.Version}}}";
    private DateTimeOffset? _seen;
    private DateTimeOffset? _sweptTo;

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var since = (await fleet.GetVersionAsync(cancellationToken).ConfigureAwait(false)).Since;
        // The first that is seen is how things stand: the worker warms at its start anyway.
        if (_seen < since)
        {
            Log.VersionBumped(logger);
            warming.TryRequest(new WarmingRequest(), "version bump");
        }

        _seen = since;
        if (since is not null && since != _sweptTo)
            await SweepAsync(since.Value, cancellationToken).ConfigureAwait(false);
    }

    private async Task SweepAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        var stamp = since.UtcTicks;
        var mark = await database.StringGetAsync(_swept).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        if (!mark.TryParse(out long done) || done < stamp)
        {
            await sweeper.SweepHiddenAsync(cancellationToken).ConfigureAwait(false);
            await database.StringSetAsync(_swept, stamp, caching.Value.TagRetention).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        }

        _sweptTo = since;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                await TryLookAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task TryLookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure.IsRedisFailure() || failure is FleetUnavailableException or NotSupportedException)
        {
            Log.VersionsUnknown(logger, failure.Message);
        }
    }
}
