using System.Threading.Channels;
using HotShelf.Caching.Postgres;
using HotShelf.Catalog;
using HotShelf.Catalog.Warming;
using HotShelf.ServiceDefaults.Health;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Warms the cache: once at start, again when Redis comes back, and on request; one job after the other.</summary>
internal sealed class WarmingService(
    WarmingPlan plan, WarmingRun run, WarmingJournal journal, RedisConnection redis, IChangeFeed feed, CatalogSetup setup, ReadinessState readiness, IOptions<WarmingOptions> options, TimeProvider time,
    ILogger<WarmingService> logger) : BackgroundService
{
    private const int MaximumQueued = 16;
    private const int MaximumAttempts = 5;
    private static readonly TimeSpan s_askEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_feedWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_tryAgainAfter = TimeSpan.FromSeconds(2);

    private readonly Channel<WarmingJob> _jobs = Channel.CreateBounded<WarmingJob>(new BoundedChannelOptions(MaximumQueued) { SingleReader = true });

    private volatile WarmingJob? _current;

    /// <summary>How far it is.</summary>
    public WarmingProgress Progress => run.Progress with { Queued = _jobs.Reader.Count };

    /// <summary>Queues a warming; false when too many wait already.</summary>
    public bool TryRequest(WarmingRequest request, string reason) => _jobs.Writer.TryWrite(new WarmingJob(request, reason));

    /// <summary>Queues a job, however many wait; one that comes when this service has stopped ends at once.</summary>
    public async Task EnqueueAsync(WarmingJob job)
    {
        try
        {
            await _jobs.Writer.WriteAsync(job, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            job.End(Unfinished(job));
        }
    }

    /// <summary>Stops the warming in hand after its batch; false when there is none.</summary>
    public bool TryStop()
    {
        try
        {
            _current?.CallOff();
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
            await foreach (var job in _jobs.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
            {
                var work = DoAsync(job, stoppingToken);
                if (first)
                    await BecomeReadyAsync(work, stoppingToken).ConfigureAwait(false);
                first = false;
                await work.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            _jobs.Writer.TryComplete();
            while (_jobs.Reader.TryRead(out var left))
                left.End(Unfinished(left));
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

    // A job from the database is followed by who took it from there; one of this worker's own is written down here.
    private async Task DoAsync(WarmingJob job, CancellationToken stoppingToken)
    {
        if (job.Id != 0)
        {
            await WarmAsync(job, stoppingToken).ConfigureAwait(false);
            return;
        }

        using (job)
        {
            await journal.BeginAsync(job).ConfigureAwait(false);
            var following = journal.FollowAsync(job);
            await WarmAsync(job, stoppingToken).ConfigureAwait(false);
            await following.ConfigureAwait(false);
        }
    }

    private async Task WarmAsync(WarmingJob job, CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, job.CalledOff);
        _current = job;
        run.Waiting(job.Reason);
        job.Begin(() => run.Progress);
        try
        {
            for (var attempt = 1; !await TryWarmAsync(job, stop.Token).ConfigureAwait(false) && attempt < MaximumAttempts; attempt++)
                await Task.Delay(s_tryAgainAfter, time, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            run.Stopped(stoppingToken.IsCancellationRequested ? "the process ends" : "asked to stop");
        }
        finally
        {
            _current = null;
            job.End(stoppingToken.IsCancellationRequested && run.Progress.State == "stopped" ? Unfinished(job) : run.Progress);
        }
    }

    // A requested warming waits for another worker; one that this worker began by itself ends with it.
    private static WarmingProgress Unfinished(WarmingJob job) => job.Progress with { State = job.Id != 0 && job.Reason == "on request" ? "queued" : "stopped", Reason = "the process ends" };

    // What the feed invalidates afterwards, such as the families that the feed of a new database removes, would be warmed in vain.
    private async Task FeedCaughtUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await feed.CaughtUp.WaitAsync(s_feedWithin, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A feed with that much to do must not keep the cache cold.
        }
    }

    private async Task<bool> TryWarmAsync(WarmingJob job, CancellationToken cancellationToken)
    {
        try
        {
            run.Waiting(job.Reason);
            // Without Redis the values would end up in this process alone, which does not read them.
            while (!await redis.IsReachableAsync(cancellationToken).ConfigureAwait(false))
                await Task.Delay(s_askEvery, time, cancellationToken).ConfigureAwait(false);
            await FeedCaughtUpAsync(cancellationToken).ConfigureAwait(false);
            var keys = await plan.ListKeysAsync(job.Request, cancellationToken).ConfigureAwait(false);
            await run.WarmAsync(keys, job.Reason, cancellationToken).ConfigureAwait(false);
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
