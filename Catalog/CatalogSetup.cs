using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HotShelf.Catalog;

/// <summary>
/// Runs <see cref="ICatalogInitializer"/> beside the start of the host, and is the health check that says whether it is done. A database that
/// is away is waited for; one that refuses (<see cref="CatalogSchemaException"/>, wrong password) ends the process with the reason.
/// </summary>
public sealed class CatalogSetup(ICatalogInitializer initializer, IHostApplicationLifetime lifetime, ILogger<CatalogSetup> logger) : BackgroundService, IHealthCheck
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the database is ready for use.</summary>
    public Task Completed => _done.Task;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _done.Task.IsCompletedSuccessfully
            ? HealthCheckResult.Healthy("The schema is up to date.")
            : new HealthCheckResult(context.Registration.FailureStatus, "Waiting for the database and its schema."));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first attempt must not hold up the start of the host's other services.
        await Task.Yield();
        try
        {
            await initializer.InitializeAsync(stoppingToken).ConfigureAwait(false);
            _done.TrySetResult();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            _done.TrySetCanceled(stoppingToken);
        }
        catch (Exception failure)
        {
            Log.SetupFailed(logger, failure);
            // A caller that awaits Completed is stopped with the host; an unobserved exception would only be noise.
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }
}
