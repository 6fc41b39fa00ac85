using System.Data.Common;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HotShelf.CacheWorker.Feed;

/// <summary>
/// LISTENs on a connection of its own and wakes the feed. A connection that breaks is replaced; one that is half open is found by asking now and
/// then. Notifications sent meanwhile are lost, so the feed is woken after every reconnection, and it polls besides.
/// </summary>
internal sealed class FeedListener(
    NpgsqlDataSource dataSource, FeedSignal signal, Catalog.CatalogSetup setup, IOptions<FeedOptions> options, TimeProvider time, ILogger<FeedListener> logger) : BackgroundService
{
    private static readonly TimeSpan s_askEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            var lost = false;
            while (true)
            {
                try
                {
                    await ListenAsync(lost, stoppingToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (failure is DbException or TimeoutException or IOException or InvalidOperationException
                    || (failure is OperationCanceledException && !stoppingToken.IsCancellationRequested))
                {
                    if (!lost)
                        Log.ListenerLost(logger, failure.Message, options.Value.PollInterval.TotalSeconds);
                    lost = true;
                }

                await Task.Delay(options.Value.RetryDelay, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task ListenAsync(bool again, CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken).ConfigureAwait(false);
        connection.Notification += (_, _) => signal.Set();
        await AskAsync(connection, "listen cache_outbox", stoppingToken).ConfigureAwait(false);
        if (again)
            Log.ListenerBack(logger);
        signal.Set();
        while (true)
        {
            if (!await connection.WaitAsync(s_askEvery, stoppingToken).ConfigureAwait(false))
                await AskAsync(connection, "select", stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(NpgsqlConnection connection, string sql, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, s_answerWithin, Timeout.InfiniteTimeSpan);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(limit.Token).ConfigureAwait(false);
    }
}
