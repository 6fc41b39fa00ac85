using System.Data.Common;
using Microsoft.Extensions.Options;
using Npgsql;

namespace HotShelf.CacheWorker.Feed;

/// <summary>
/// LISTENs on a connection of its own and wakes the feed and the inbox of warmings. A connection that breaks is replaced; one that is half open is found by asking now and
/// then. Notifications sent meanwhile are lost, so the feed is woken after every reconnection, and it polls besides.
/// </summary>
internal sealed class FeedListener(
    NpgsqlDataSource dataSource, IEnumerable<DatabaseSignal> signals, Catalog.CatalogSetup setup, IOptions<FeedOptions> options, TimeProvider time, ILogger<FeedListener> logger) : BackgroundService
{
    private static readonly TimeSpan s_askEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(2);
    private readonly DatabaseSignal[] _signals = [.. signals];

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
        connection.Notification += (_, told) => _signals.FirstOrDefault(signal => signal.ChannelName == told.Channel)?.Set();
        await AskAsync(connection, string.Join("; ", _signals.Select(signal => $"listen {signal.ChannelName}")), stoppingToken).ConfigureAwait(false);
        if (again)
            Log.ListenerBack(logger);
        foreach (var signal in _signals)
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
