using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace HotShelf.ServiceDefaults.Clients;

/// <summary>Whether every server of Redis answers. That of Aspire's client asks the servers of a cluster for CLUSTER INFO, which the client sends for administrators only.</summary>
internal sealed class RedisCheck(IServiceProvider services) : IHealthCheck
{
    /// <summary>As Aspire's client names its own.</summary>
    public const string Name = "StackExchange.Redis";

    private readonly Lock _lock = new();
    private Task<IConnectionMultiplexer>? _client;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var redis = await ClientAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(redis.GetServers().Select(static server => server.PingAsync())).WaitAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception: failure);
        }
    }

    // Whoever asks for the client first connects it, and waits: for longer than a check may, and with abortConnect=true until it throws.
    private Task<IConnectionMultiplexer> ClientAsync()
    {
        lock (_lock)
        {
            // Checks that gave up share the one that waits: each would hold a thread.
            if (_client is null or { IsFaulted: true })
                _client = Task.Run(services.GetRequiredService<IConnectionMultiplexer>);
            return _client;
        }
    }
}
