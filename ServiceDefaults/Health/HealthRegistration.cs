using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>Registers what the health endpoints answer from.</summary>
internal static class HealthRegistration
{
    /// <summary>The tag of checks that say whether the process itself works.</summary>
    public const string LiveTag = "live";

    public static void AddDefaultHealthChecks(this IHostApplicationBuilder builder, ServiceDefaultsOptions options)
    {
        builder.Services.TryAddSingleton<ReadinessState>();
        builder.Services.TryAddSingleton<HealthReports>();
        builder.Services.AddHostedService<DrainService>();
        // The host's limit begins with the drain: what it is for has the time after it.
        builder.Services.AddOptions<HostOptions>().PostConfigure<IOptions<ServiceDefaultsOptions>, IHostEnvironment>(static (host, defaults, environment) => host.ShutdownTimeout += DrainService.DelayIn(defaults.Value, environment));
        builder.Services.AddHealthChecks().AddCheck("self", static () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.PostConfigure<HealthCheckServiceOptions>(checks =>
        {
            foreach (var check in checks.Registrations)
            {
                if (check.Timeout == Timeout.InfiniteTimeSpan)
                    check.Timeout = options.HealthCheckTimeout;
                var factory = check.Factory;
                check.Factory = provider => new BoundedCheck(factory(provider));
                if (options.DegradedChecks.Any(pattern => Matches(pattern, check.Name)))
                    check.FailureStatus = HealthStatus.Degraded;
            }
        });
    }

    private static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name.Equals(pattern, StringComparison.Ordinal);
}
