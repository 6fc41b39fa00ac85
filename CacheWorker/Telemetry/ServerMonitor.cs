using System.Data.Common;
using Npgsql;
using StackExchange.Redis;

namespace HotShelf.CacheWorker.Telemetry;

/// <summary>Asks both servers for their figures every five seconds, never on a scrape: a slow server cannot slow the scrape down.</summary>
internal sealed class ServerMonitor(IConnectionMultiplexer redis, NpgsqlDataSource database, ServerMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            do
            {
                await Task.WhenAll(ReadRedisAsync(stoppingToken), ReadPostgresAsync(stoppingToken)).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    // A server that is away shows as up = 0; who depends on it says the rest.
    private async Task ReadRedisAsync(CancellationToken cancellationToken)
    {
        try
        {
            metrics.Redis = await RedisFigures.ReadAsync(redis).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure.IsRedisFailure())
        {
            metrics.Redis = null;
        }
    }

    private async Task ReadPostgresAsync(CancellationToken cancellationToken)
    {
        try
        {
            metrics.Postgres = await PostgresFigures.ReadAsync(database, cancellationToken).WaitAsync(s_timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is DbException or TimeoutException or IOException)
        {
            metrics.Postgres = null;
        }
    }
}
