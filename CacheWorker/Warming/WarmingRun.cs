using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Warming;

/// <summary>Warms a list of keys in batches at a limited rate, and knows how far it is.</summary>
internal sealed class WarmingRun(ICatalogWarmer warmer, RedisMemory memory, WorkerMetrics metrics, IOptions<WarmingOptions> options, TimeProvider time, ILogger<WarmingRun> logger)
{
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(1);
    private volatile WarmingProgress _progress = new() { State = "idle" };

    public WarmingProgress Progress => _progress;

    public void Waiting(string reason) => _progress = new WarmingProgress { State = "waiting", Reason = reason };

    public void Stopped(string reason)
    {
        Log.WarmingStopped(logger, _progress.Done, _progress.Total, reason);
        Finish("stopped", reason);
    }

    public void Failed(string reason) => Finish("failed", reason);

    /// <summary>Returns when all keys are done, or Redis has no room for more.</summary>
    public async Task WarmAsync(IReadOnlyList<string> keys, string reason, CancellationToken cancellationToken)
    {
        var (started, reported) = (time.GetTimestamp(), time.GetTimestamp());
        _progress = new WarmingProgress { State = "running", Reason = reason, Total = keys.Count, StartedAt = time.GetUtcNow() };
        Log.WarmingStarted(logger, keys.Count, reason);
        foreach (var batch in keys.Chunk(options.Value.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The keys come by popularity, so what is left out for lack of room is what is read least.
            if (await memory.IsNearlyFullAsync(options.Value.MemoryShare, cancellationToken).ConfigureAwait(false))
            {
                Stopped("Redis has no room left for colder keys");
                return;
            }

            var failed = batch.Length - await WarmBatchAsync(batch, cancellationToken).ConfigureAwait(false);
            metrics.Warmed(batch.Length - failed, failed);
            Advance(batch.Length, failed, time.GetElapsedTime(started));
            if (time.GetElapsedTime(reported) >= s_reportEvery)
            {
                reported = time.GetTimestamp();
                Log.WarmingProgress(logger, _progress.Done, _progress.Total, _progress.Rate, _progress.EtaSeconds ?? 0, _progress.Failed);
            }

            var due = TimeSpan.FromSeconds((double)_progress.Done / options.Value.KeysPerSecond) - time.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, time, cancellationToken).ConfigureAwait(false);
        }

        Log.WarmingDone(logger, _progress.Done, time.GetElapsedTime(started).TotalSeconds, _progress.Failed);
        Finish("done", reason);
    }

    private async Task<int> WarmBatchAsync(string[] batch, CancellationToken cancellationToken)
    {
        try
        {
            return await warmer.WarmAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The next batch may fare better; the keys of this one are loaded by their first readers.
            Log.WarmingBatchFailed(logger, batch.Length, failure.Message);
            return 0;
        }
    }

    private void Advance(int done, int failed, TimeSpan elapsed)
    {
        var all = _progress.Done + done;
        var rate = all / Math.Max(0.001, elapsed.TotalSeconds);
        _progress = _progress with { Done = all, Failed = _progress.Failed + failed, Rate = Math.Round(rate, 1), EtaSeconds = Math.Round((_progress.Total - all) / rate, 2) };
        metrics.WarmingRemaining = _progress.Total - all;
    }

    private void Finish(string state, string reason)
    {
        _progress = _progress with { State = state, Reason = reason, EtaSeconds = null, FinishedAt = time.GetUtcNow() };
        metrics.WarmingRemaining = 0;
    }
}
