using System.Threading.Channels;
using HotShelf.CacheWorker.Feed;
using HotShelf.Catalog;
using HotShelf.ServiceDefaults.Health;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Warms the cache: once at start, again when Redis comes back, and on request; one request after the other.</summary>
internal sealed class WarmingService(
    WarmingPlan plan, WarmingRun run, ICacheInvalidator cache, CatalogSetup setup, ReadinessState readiness, IOptions<WarmingOptions> options, TimeProvider time,
    ILogger<WarmingService> logger) : BackgroundService
{
    private const int MaximumQueued = 16;
    private const int MaximumAttempts = 5;
    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_tryAgainAfter = TimeSpan.FromSeconds(2);

    private readonly Channel<(WarmingRequest Request, string Reason)> _requests =
        Channel.CreateBounded<(WarmingRequest, string)>(new BoundedChannelOptions(MaximumQueued) { SingleReader = true });

    private volatile CancellationTokenSource? _current;

    /// <summary>How far it is.</summary>
    public WarmingProgress Progress => run.Progress with { Queued = _requests.Reader.Count };

    /// <summary>Queues a warming; false when too many wait already.</summary>
    public bool TryRequest(WarmingRequest request, string reason) => _requests.Writer.TryWrite((request, reason));

    /// <summary>Stops the warming in hand after its batch; false when there is none.</summary>
    public bool TryStop()
    {
        try
        {
            _current?.Cancel();
            return _current is not null;
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in this very moment.
            return false;
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Products > 0)
        {
            readiness.SetNotReady("warming the cache");
            TryRequest(new WarmingRequest(), "start");
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await setup.Completed.WaitAsync(stoppingToken).ConfigureAwait(false);
            var first = options.Value.Products > 0;
            while (await _requests.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
            {
                while (_requests.Reader.TryRead(out var next))
                {
                    var work = WarmAsync(next.Request, next.Reason, stoppingToken);
                    if (first)
                        await BecomeReadyAsync(work, stoppingToken).ConfigureAwait(false);
                    first = false;
                    await work.ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task BecomeReadyAsync(Task firstWarming, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        if (await Task.WhenAny(firstWarming, Task.Delay(options.Value.ReadyAfter, time, limit.Token)).ConfigureAwait(false) != firstWarming && !stoppingToken.IsCancellationRequested)
            Log.WarmingLimit(logger, options.Value.ReadyAfter.TotalSeconds);
        await limit.CancelAsync().ConfigureAwait(false);
        readiness.SetReady();
    }

    private async Task WarmAsync(WarmingRequest request, string reason, CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        _current = stop;
        try
        {
            for (var attempt = 1; !await TryWarmAsync(request, reason, stop.Token).ConfigureAwait(false) && attempt < MaximumAttempts; attempt++)
                await Task.Delay(s_tryAgainAfter, time, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            run.Stopped(stoppingToken.IsCancellationRequested ? "the process ends" : "asked to stop");
        }
        finally
        {
            _current = null;
        }
    }

    private async Task<bool> TryWarmAsync(WarmingRequest request, string reason, CancellationToken cancellationToken)
    {
        try
        {
            run.Waiting(reason);
            // Without Redis the values would end up in this process alone, where nobody reads them.
            while (!await cache.IsReachableAsync(cancellationToken).ConfigureAwait(false))
                await Task.Delay(s_askEvery, time, cancellationToken).ConfigureAwait(false);
            var keys = await plan.ListKeysAsync(request, cancellationToken).ConfigureAwait(false);
            await run.WarmAsync(keys, reason, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // A warming that fails is a slower start, not a reason to end the process that follows the changes.
            Log.WarmingFailed(logger, failure);
            run.Failed(failure.Message);
            return false;
        }
    }
}
