using HotShelf.Catalog;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.ProductApi.Hosting;

/// <summary>Brings the database to the state this build needs; the process is not ready before.</summary>
internal sealed class CatalogStartup(ICatalogInitializer catalog, IHostApplicationLifetime lifetime, ILogger<CatalogStartup> logger) : BackgroundService, IHealthCheck
{
    private volatile bool _isDone;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_isDone ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, "The database is being set up."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await catalog.InitializeAsync(stoppingToken);
            _isDone = true;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // A schema of another build or a refused login does not get better by waiting; the supervisor of this process shows the log.
            Log.CatalogFailed(logger, exception);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }
}

internal static class CatalogStartupExtensions
{
    public static void AddCatalogStartup(this IServiceCollection services)
    {
        services.AddSingleton<CatalogStartup>();
        services.AddHostedService(static provider => provider.GetRequiredService<CatalogStartup>());
        services.AddHealthChecks().AddCheck<CatalogStartup>("catalog", tags: ["ready"]);
    }
}
