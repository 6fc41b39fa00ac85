using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>Keeps a check to its limit even if it does not heed the token, as a ping of StackExchange.Redis does not: one that hangs must not hold up the report of all.</summary>
internal sealed class BoundedCheck(IHealthCheck check) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        check.CheckHealthAsync(context, cancellationToken).WaitAsync(cancellationToken);
}
