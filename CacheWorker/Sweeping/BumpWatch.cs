using HotShelf.CacheWorker.Warming;
using HotShelf.Caching;
using HotShelf.Caching.Fleet;
using HotShelf.Catalog.Warming;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Sweeping;

/// <summary>
/// Sees that the version was bumped, by the API, by a console or by a removal of everything: asks for a warming, and sweeps what is hidden. A mark in Redis
/// says which bump some worker has taken on, so that one does it, and a worker that starts later takes on what none has seen. The time of a bump survives the
/// loss of its record, so only a later time is another bump.
/// </summary>
internal sealed class BumpWatch(
    IConnectionMultiplexer redis, ICacheFleet fleet, VersionSweeper sweeper, WarmingService warming, IOptions<HotShelfCachingOptions> caching, TimeProvider time, ILogger<BumpWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    private readonly RedisKey _mark = $"bump:{{{caching.Value.Prefix}:{caching.Value.Version}}}";
    /// <summary>The latest bump; <see cref="DateTimeOffset.MinValue"/> when there was none, null before the first look.</summary>
    private DateTimeOffset? _seen;
    private bool _owesSweep;

    /// <summary>One look.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var since = (await fleet.GetVersionAsync(cancellationToken).ConfigureAwait(false)).Since ?? DateTimeOffset.MinValue;
        if (_seen is null || since > _seen)
        {
            await TakeOnAsync(since, cancellationToken).ConfigureAwait(false);
            _seen = since;
        }

        if (!_owesSweep)
            return;
        await sweeper.SweepHiddenAsync(cancellationToken).ConfigureAwait(false);
        _owesSweep = false;
    }

    private async Task TakeOnAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var database = redis.GetDatabase();
        if (since == DateTimeOffset.MinValue)
        {
            // Never bumped, or the record is lost at this moment: the mark of an earlier bump stays.
            await database.StringSetAsync(_mark, 0, caching.Value.TagRetention, when: When.NotExists).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
            return;
        }

        var before = await database.StringGetSetAsync(_mark, since.UtcTicks).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        await database.KeyExpireAsync(_mark, caching.Value.TagRetention).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        if (before == since.UtcTicks)
            return;
        _owesSweep = true;
        // No worker has looked before this one, which warms at its start anyway.
        if (before.IsNull && _seen is null)
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
