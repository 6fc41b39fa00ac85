using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>
/// Between SIGTERM and the refusal of connections: /ready already says no (see <see cref="ReadinessState"/>), requests are still answered, and the load
/// balancers have time to notice.
/// </summary>
internal sealed class DrainService(IOptions<ServiceDefaultsOptions> options, IHostEnvironment environment, TimeProvider timeProvider, ILogger<DrainService> logger)
    : IHostedLifecycleService
{
    private static readonly TimeSpan s_defaultDelay = TimeSpan.FromSeconds(3);

    // For the connections that are kept: their next answer ends them.
    private static readonly TimeSpan s_developmentDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it takes.</summary>
    public static TimeSpan DelayIn(ServiceDefaultsOptions options, IHostEnvironment environment) =>
        options.DrainDelay ?? (environment.IsDevelopment() ? s_developmentDelay : s_defaultDelay);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var delay = DelayIn(options.Value, environment);
        if (delay <= TimeSpan.Zero)
            return;
        Log.Draining(logger, delay);
        await Task.Delay(delay, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
