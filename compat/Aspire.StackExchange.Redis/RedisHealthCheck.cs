using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Asks the server for a PING.</summary>
internal sealed class RedisHealthCheck(IServiceProvider services, string? serviceKey) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var multiplexer = serviceKey is null
                ? services.GetRequiredService<IConnectionMultiplexer>()
                : services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey);
            // Version 1.2.6 has no time limit of its own for asynchronous calls.
            await multiplexer.GetDatabase().PingAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception: exception);
        }
    }
}
