using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Redis;

/// <summary>AUTH and PING over a connection of its own.</summary>
internal sealed class RedisHealthCheck(RedisResource redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(redis.PrimaryEndpoint.Host, redis.PrimaryEndpoint.Port, cancellationToken).ConfigureAwait(false);
            var stream = client.GetStream();
            var password = redis.PasswordParameter is { } parameter ? await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false) : null;
            var request = (password is null ? "" : Command("AUTH", password)) + Command("PING");
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (password is not null && answer == "+OK")
                answer = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            return answer == "+PONG" ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"PING was answered with {answer ?? "the end of the connection"}");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy("Redis does not answer", exception);
        }
    }

    private static string Command(params string[] words) =>
        $"*{words.Length}\r\n{string.Concat(words.Select(w => FormattableString.Invariant($"${Encoding.UTF8.GetByteCount(w)}\r\n{w}\r\n")))}";
}
