using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheWorker.Feed;

/// <summary>Shows that the loop of the feed still moves. Part of <c>/alive</c>: a loop that hangs is cured only by a new process.</summary>
internal sealed class FeedHeartbeat(TimeProvider time, IOptions<FeedOptions> options) : IHealthCheck
{
    private long _latest = time.GetTimestamp();

    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the feed was empty for the first time: what was changed before this process began no longer invalidates what it fills.</summary>
    public Task CaughtUp => _caughtUp.Task;

    public void FoundEmpty() => _caughtUp.TrySetResult();

    public void Beat() => Volatile.Write(ref _latest, time.GetTimestamp());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var age = time.GetElapsedTime(Volatile.Read(ref _latest));
        return Task.FromResult(age < options.Value.StuckAfter
            ? HealthCheckResult.Healthy($"moved {age.TotalSeconds:0.0} s ago")
            : HealthCheckResult.Unhealthy($"the change feed has not moved for {age.TotalSeconds:0} s"));
    }
}
