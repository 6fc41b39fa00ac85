using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.CacheWorker.Warming;

/// <summary>How far the warming is, for <c>/health</c>; degraded after one that failed. That the first is not done yet is said by <c>/ready</c>.</summary>
internal sealed class WarmingHealthCheck(WarmingService warming) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var progress = warming.Progress;
        var data = new Dictionary<string, object>
        {
            ["state"] = progress.State,
            ["done"] = progress.Done,
            ["total"] = progress.Total,
            ["failed"] = progress.Failed,
        };
        if (progress.EtaSeconds is { } eta)
            data["etaSeconds"] = eta;
        return Task.FromResult(progress.State == "failed" ? HealthCheckResult.Degraded("The last warming failed.", data: data) : HealthCheckResult.Healthy(data: data));
    }
}
