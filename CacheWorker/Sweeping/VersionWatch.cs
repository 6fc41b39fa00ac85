using HotShelf.Caching;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Sweeping;

/// <summary>
/// Keeps a sorted set of the versions in use, by when a worker of theirs was last there, and with <see cref="SweepOptions.AfterVersionBump"/> sweeps those
/// that is no longer used. Two versions that run side by side, as during a deployment, leave each other alone.
/// </summary>
internal sealed class VersionWatch(
    IConnectionMultiplexer redis, VersionSweeper sweeper, IOptions<HotShelfCachingOptions> caching, IOptions<SweepOptions> options, TimeProvider time, ILogger<VersionWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);
    private readonly RedisKey _versions = $"versions:{{{caching.Value.Prefix}}}";

    /// <summary>One look: says that this version is in use, and sweeps what is not.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var database = redis.GetDatabase();
        await database.SortedSetAddAsync(_versions, caching.Value.Version, now.ToUnixTimeSeconds()).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        if (!options.Value.AfterVersionBump)
            return;
        var unused = await database.SortedSetRangeByScoreAsync(_versions, double.NegativeInfinity, (now - options.Value.UnusedFor).ToUnixTimeSeconds())
            .WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        foreach (var version in unused.Select(version => (string)version!).Where(version => sweeper.Wrong(version) is null))
        {
            await sweeper.SweepAsync(version, cancellationToken).ConfigureAwait(false);
            await database.SortedSetRemoveAsync(_versions, version).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (failure.IsRedisFailure() || failure is NotSupportedException)
                {
                    Log.VersionsUnknown(logger, failure.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}
