using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>Which checks a probe asks for.</summary>
internal enum HealthScope
{
    Everything,
    Live,
}

/// <summary>Runs the checks for all probes of the same kind together, and not more often than the cache duration says: probes cannot become the load.</summary>
internal sealed class HealthReports(HealthCheckService checks, IOptions<ServiceDefaultsOptions> options, TimeProvider timeProvider, ILogger<HealthReports> logger)
{
    private readonly ConcurrentDictionary<string, HealthStatus> _lastStatus = new(StringComparer.Ordinal);
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
                run = new Run(timeProvider.GetTimestamp(), Task.Run(() => RunAsync(scope), CancellationToken.None));
            report = run.Report;
        }

        return report.WaitAsync(cancellationToken);
    }

    private async Task<HealthReport> RunAsync(HealthScope scope)
    {
        var report = await checks.CheckHealthAsync(Selection(scope), CancellationToken.None).ConfigureAwait(false);
        foreach (var (name, entry) in report.Entries)
            LogChange(name, entry);
        return report;
    }

    // Probes come every few seconds: a failure that lasts is one line, not one per probe.
    private void LogChange(string name, HealthReportEntry entry)
    {
        var before = _lastStatus.TryGetValue(name, out var known) ? known : (HealthStatus?)null;
        _lastStatus[name] = entry.Status;
        if ((before ?? HealthStatus.Healthy) == entry.Status)
            return;
        var reason = entry.Description ?? entry.Exception?.GetType().Name ?? "";
        var was = before?.ToString() ?? "not asked yet";
        if (entry.Status == HealthStatus.Healthy)
            Log.CheckRecovered(logger, name, was);
        else if (entry.Status == HealthStatus.Unhealthy && before is not null)
            Log.CheckFailed(logger, name, was, reason, entry.Exception);
        else
            Log.CheckDegraded(logger, name, entry.Status, was, reason, entry.Exception); // also what is not up yet while the process starts
    }

    private static Func<HealthCheckRegistration, bool>? Selection(HealthScope scope) => scope switch
    {
        HealthScope.Live => static check => check.Tags.Contains(HealthRegistration.LiveTag),
        _ => null,
    };

    private sealed record Run(long StartedAt, Task<HealthReport> Report);
}
