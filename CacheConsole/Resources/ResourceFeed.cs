using System.Text.Json;

namespace HotShelf.CacheConsole.Resources;

/// <summary>Follows the engine's feed for as long as the console lives; a broken connection is taken up again by itself.</summary>
internal sealed class ResourceFeed(ResourceService service, ResourceBoard board, TimeProvider timeProvider, ILogger<ResourceFeed> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!service.IsConfigured)
            return;
        var pause = new Backoff(timeProvider);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(pause, stoppingToken);
                board.Lose("The engine ended the stream.");
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                if (board.State == FeedState.Live)
                    Log.ResourceFeedLost(logger, exception.Message);
                board.Lose(exception.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await pause.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(Backoff pause, CancellationToken cancellationToken)
    {
        // The list first, because the stream cannot tell what is no more; it tells everything once again and then each change.
        board.Replace(await service.ListAsync(cancellationToken));
        Log.ResourceFeedLive(logger);
        pause.Reset();
        await foreach (var instance in service.WatchAsync(cancellationToken))
            board.Set(instance);
    }
}
