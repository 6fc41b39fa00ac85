using System.Data.Common;
using HotShelf.Catalog.Warming;

namespace HotShelf.CacheWorker.Warming;

/// <summary>
/// Writes down in the database, once a second, how far this worker's warmings are: for those who follow them through the API, and as the sign that
/// their worker lives.
/// </summary>
internal sealed class WarmingJournal(IWarmingRequests requests, TimeProvider time, ILogger<WarmingJournal> logger)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_within = TimeSpan.FromSeconds(3);

    /// <summary>Names this process among the workers.</summary>
    public string Worker { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    /// <summary>Gives a job that this worker begins by itself its number.</summary>
    public Task BeginAsync(WarmingJob job) => TryAsync(async limit => job.Id = await requests.BeginAsync(Worker, job.Reason, limit).ConfigureAwait(false));

    /// <summary>Writes until the job has ended, and calls it off when the database says so.</summary>
    public async Task FollowAsync(WarmingJob job)
    {
        while (!job.Ended.IsCompleted)
        {
            await ReportAsync(job, job.CallOff).ConfigureAwait(false);
            using var next = new CancellationTokenSource();
            await Task.WhenAny(job.Ended, Task.Delay(s_every, time, next.Token)).ConfigureAwait(false);
            await next.CancelAsync().ConfigureAwait(false);
        }

        await ReportAsync(job, static () => { }).ConfigureAwait(false);
    }

    private Task ReportAsync(WarmingJob job, Action notOurs) => job.Id == 0 ? Task.CompletedTask : TryAsync(async limit =>
    {
        var ended = job.Ended.IsCompleted;
        var progress = job.Progress;
        var status = new WarmingStatus
        {
            Id = job.Id,
            // A failed attempt is not the end: others follow.
            State = ended ? progress.State : "running",
            Reason = job.Reason,
            Total = progress.Total,
            Done = progress.Done,
            Failed = progress.Failed,
            Rate = progress.Rate,
            EtaSeconds = progress.EtaSeconds,
            Message = ended && progress.State is "stopped" or "failed" ? progress.Reason : null,
        };
        if (!await requests.ReportAsync(Worker, status, limit).ConfigureAwait(false))
            notOurs();
    });

    private async Task TryAsync(Func<CancellationToken, Task> write)
    {
        using var limit = new CancellationTokenSource(s_within, time);
        try
        {
            await write(limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is DbException or IOException or TimeoutException or OperationCanceledException)
        {
            // The warming itself matters more than what is written about it.
            Log.JournalFailed(logger, failure.Message);
        }
    }
}
