using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>Which checks a probe asks for.</summary>
internal enum HealthScope
{
    Everything,
    Live,
}

/// <summary>Runs the checks for all probes of the same kind together, and not more often than the cache duration says: probes cannot become the load.</summary>
internal sealed class HealthReports(HealthCheckService checks, IOptions<ServiceDefaultsOptions> options, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Run?[] _runs = new Run?[2];

    /// <summary>The newest report that is recent enough, or a new one. Probes that wait share it; one that gives up cancels nothing.</summary>
    public Task<HealthReport> GetAsync(HealthScope scope, CancellationToken cancellationToken)
    {
        Task<HealthReport> report;
        lock (_lock)
        {
            ref var run = ref _runs[(int)scope];
            // The age counts from the start of a run: what it saw is that old.
            if (run is null || (run.Report.IsCompleted && timeProvider.GetElapsedTime(run.StartedAt) >= options.Value.HealthCacheDuration))
                run = new Run(timeProvider.GetTimestamp(), Task.Run(() => checks.CheckHealthAsync(Selection(scope), CancellationToken.None), CancellationToken.None));
            report = run.Report;
        }

        return report.WaitAsync(cancellationToken);
    }

    private static Func<HealthCheckRegistration, bool>? Selection(HealthScope scope) => scope switch
    {
        HealthScope.Live => static check => check.Tags.Contains(HealthRegistration.LiveTag),
        _ => null,
    };

    private sealed record Run(long StartedAt, Task<HealthReport> Report);
}
