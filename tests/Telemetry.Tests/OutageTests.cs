using System.Net;
using System.Text.Json.Nodes;
using HotShelf.Telemetry.Tests.Harness;
using HotShelf.TestServers;

namespace HotShelf.Telemetry.Tests;

/// <summary>What callers and probes see while a server is away.</summary>
public sealed class OutageTests
{
    [ServersFact]
    public async Task Servers_AwayAndBack_DegradeTheApiAndNeverTakeItOutOfService()
    {
        var system = new RunningSystem();
        try
        {
            await system.InitializeAsync();
            using var warm = await system.SendAsync("GET", "/products/42");
            Assert.Equal(HttpStatusCode.OK, warm.StatusCode);

            await system.Redis.KillAsync();
            await Until.TrueAsync(async () => await HealthAsync(system) == "Degraded", "degraded without Redis");
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(system, "/ready"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(system, "/products/42"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(system, "/products/43"));

            await system.Redis.RestartAsync();
            await Until.TrueAsync(async () => await HealthAsync(system) == "Healthy", "healthy with Redis again");
            await Until.TrueAsync(async () => await StatusAsync(system, "/products/42") == HttpStatusCode.OK, "cached again");

            await system.Postgres.KillAsync();
            await Until.TrueAsync(async () => await HealthAsync(system) == "Degraded", "degraded without Postgres");
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(system, "/ready"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(system, "/products/42"));
            using var missing = await system.SendAsync("GET", "/products/7777");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, missing.StatusCode);
            Assert.True(missing.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            Assert.Equal("application/problem+json", missing.Content.Headers.ContentType?.MediaType);
            using var write = await system.SendAsync("PUT", "/products/42/price", """{"amount":1}""", system.WriteKey);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, write.StatusCode);

            await system.Postgres.RestartAsync();
            await Until.TrueAsync(async () => await StatusAsync(system, "/products/7777") == HttpStatusCode.OK, "the database is used again");
            foreach (var (process, log) in system.Logs)
                Assert.DoesNotContain(system.Secrets, secret => log.Contains(secret, StringComparison.Ordinal) ? throw new InvalidOperationException($"{process} logs a secret") : false);
        }
        finally
        {
            await system.DisposeAsync();
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningSystem system, string path)
    {
        using var answer = await system.SendAsync("GET", path);
        return answer.StatusCode;
    }

    private static async Task<string> HealthAsync(RunningSystem system)
    {
        using var answer = await system.SendAsync("GET", "/health");
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!.GetValue<string>();
    }
}
