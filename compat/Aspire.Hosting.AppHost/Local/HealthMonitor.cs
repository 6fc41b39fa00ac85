using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Local;

/// <summary>Asks after the health of one instance until it ends: often while it starts, seldom when it is healthy.</summary>
internal static class HealthMonitor
{
    private static readonly HttpClient s_client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
    })
    { Timeout = EngineSettings.HealthTimeout };

    public static async Task RunAsync(LocalEngine engine, IResource resource, IReadOnlyDictionary<string, int> ports,
        Func<ImmutableArray<HealthReportSnapshot>, Task> changed, CancellationToken cancellationToken)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(a => a.Key).ToArray();
        var byHttp = resource.Annotations.OfType<HttpHealthCheck>().ToDictionary(c => c.Key);
        if (keys.Length == 0)
        {
            await changed([]).ConfigureAwait(false);
            return;
        }

        ImmutableArray<HealthReportSnapshot> last = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            var others = await AskRegisteredAsync(engine, [.. keys.Where(k => !byHttp.ContainsKey(k))], cancellationToken).ConfigureAwait(false);
            var reports = ImmutableArray.CreateBuilder<HealthReportSnapshot>(keys.Length);
            foreach (var key in keys)
            {
                var report = byHttp.TryGetValue(key, out var check)
                    ? await AskByHttpAsync(resource, check, ports, cancellationToken).ConfigureAwait(false)
                    : others[key];
                reports.Add(report with { LastRunAt = engine.Time.GetUtcNow().UtcDateTime });
            }

            cancellationToken.ThrowIfCancellationRequested();
            var latest = reports.ToImmutable();
            if (last.IsEmpty || !latest.Select(r => (r.Status, r.Description)).SequenceEqual(last.Select(r => (r.Status, r.Description))))
                await changed(latest).ConfigureAwait(false);
            last = latest;
            var isHealthy = latest.All(r => r.Status == HealthStatus.Healthy);
            await Task.Delay(isHealthy ? EngineSettings.HealthyPoll : EngineSettings.StartingPoll, engine.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<HealthReportSnapshot> AskByHttpAsync(IResource resource, HttpHealthCheck check, IReadOnlyDictionary<string, int> ports, CancellationToken cancellationToken)
    {
        var endpoint = resource.Annotations.OfType<EndpointAnnotation>().First(e => string.Equals(e.Name, check.EndpointName, StringComparison.OrdinalIgnoreCase));
        var url = new Uri(new Uri($"{endpoint.UriScheme}://localhost:{ports[endpoint.Name]}"), check.Path);
        try
        {
            using var response = await s_client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return (int)response.StatusCode == check.StatusCode
                ? new HealthReportSnapshot(check.Key, HealthStatus.Healthy, null, null)
                : new HealthReportSnapshot(check.Key, HealthStatus.Unhealthy, $"GET {check.Path} answered {(int)response.StatusCode}, not {check.StatusCode}", null);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var what = exception is TaskCanceledException ? $"did not answer within {EngineSettings.HealthTimeout.TotalSeconds:0} s" : "did not answer";
            return new HealthReportSnapshot(check.Key, HealthStatus.Unhealthy, $"GET {check.Path} {what}", exception.Message);
        }
    }

    private static async Task<Dictionary<string, HealthReportSnapshot>> AskRegisteredAsync(LocalEngine engine, string[] keys, CancellationToken cancellationToken)
    {
        if (keys.Length == 0)
            return [];
        var report = await engine.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(r => keys.Contains(r.Name), cancellationToken).ConfigureAwait(false);
        return keys.ToDictionary(key => key, key => report.Entries.TryGetValue(key, out var entry)
            ? new HealthReportSnapshot(key, entry.Status, entry.Description, entry.Exception?.Message)
            : new HealthReportSnapshot(key, HealthStatus.Unhealthy, $"No health check is registered under the key '{key}'", null));
    }
}
