using Microsoft.Extensions.Hosting;

namespace Aspire.Npgsql;

/// <summary>Checks the settings when the host starts, not when the first query runs.</summary>
internal sealed class PostgresSettingsCheck(PostgresSource source) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        source.Validate();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
