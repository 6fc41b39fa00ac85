using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Catalog.Warming;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Sweeping;

/// <summary>
/// Sees that the version was bumped, by whomever and by whatever way (the API, a console, everything removed): asks for a warming, and sweeps what is
/// hidden. A mark in Redis says which bump some worker has taken on, so that one does it, and a worker that starts later makes good what none has seen.
/// </summary>
internal sealed class BumpWatch(
    IConnectionMultiplexer redis, ICacheFleet fleet, VersionSweeper sweeper, WarmingService warming, IOptions<HotShelfCachingOptions> caching, TimeProvider time, ILogger<BumpWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    private readonly RedisKey _mark = $"bump:{{{caching.Value.Prefix}:{caching.Value.Version}}}";
    private DateTimeOffset? _seen;
    private bool _owesSweep;

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var since = (await fleet.GetVersionAsync(cancellationToken).ConfigureAwait(false)).Since;
        if (since is not null && since != _seen)
            await TakeOnAsync(since.Value, cancellationToken).ConfigureAwait(false);
        _seen = since;
        if (!_owesSweep)
            return;
        await sweeper.SweepHiddenAsync(cancellationToken).ConfigureAwait(false);
        _owesSweep = false;
    }

    private async Task TakeOnAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        var before = await database.StringGetSetAsync(_mark, since.UtcTicks).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        await database.KeyExpireAsync(_mark, caching.Value.TagRetention).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        if (before == since.UtcTicks)
            return;
        _owesSweep = true;
        // Without a mark nobody has looked before: a cache that is used for the first time, which workers warm at their start anyway.
        if (before.IsNull)
            return;
        Log.VersionBumped(logger);
        warming.TryRequest(new WarmingRequest(), "version bump");
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
