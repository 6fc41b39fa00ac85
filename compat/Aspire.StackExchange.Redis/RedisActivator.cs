using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Checks the settings when the host starts, whoever uses the client first; and connects, unless that was turned off.</summary>
internal sealed class RedisActivator(RedisConnection connection, IServiceProvider services, string? serviceKey, bool connect) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = connection.Options();
        if (connect)
            _ = serviceKey is null ? services.GetRequiredService<IConnectionMultiplexer>() : services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
