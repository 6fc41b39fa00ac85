using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.Caching;

/// <summary>
/// Degraded, never unhealthy, while Redis is not reachable or client tracking is disconnected: the cache still answers every request. The data contain
/// the details. Register it with <c>AddHealthChecks().AddCheck&lt;CacheHealthCheck&gt;("cache")</c>.
/// </summary>
/// <param name="inspector">The cache to check.</param>
public sealed class CacheHealthCheck(ICacheInspector inspector) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var statistics = inspector.GetStatistics();
        var data = new Dictionary<string, object>
        {
            ["redis"] = statistics.RemoteState,
            ["coherence"] = statistics.Coherence,
            ["localEntries"] = statistics.LocalEntries,
            ["localBytes"] = statistics.LocalBytes,
            ["pendingInvalidations"] = statistics.PendingInvalidations,
        };
        if (statistics.Total.HitRatio is { } ratio)
            data["hitRatio"] = Math.Round(ratio, 4);
        return Task.FromResult(statistics switch
        {
            { RemoteState: "open" or "half-open" } => HealthCheckResult.Degraded("Redis does not answer; memory and the origin do.", data: data),
            { Coherence: "lost" } => HealthCheckResult.Degraded("Changes are not heard of; copies in memory live for a moment only.", data: data),
            _ => HealthCheckResult.Healthy(data: data),
        });
    }
}
