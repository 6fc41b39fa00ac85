using HotShelf.ProductApi.Tests.Harness;
using HotShelf.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HotShelf.ProductApi.Tests;

/// <summary>Lines at Information and above, counted request by request. The servers are this test's own, because it stops one.</summary>
[Collection("servers of their own")]
public class LogTests
{
    [ServersFact]
    public async Task Requests_OfEachOutcome_AreOneLineAtMost()
    {
        await using var servers = await ApiServers.StartAsync();
        await using var replica = await servers.StartReplicaAsync(("Logging:LogLevel:Default", "Information"), ("Logging:LogLevel:HotShelf.Requests", "Debug"), ("Api:RateLimits:WrongKeys:PerMinute", "1"));
        var logs = new LogCollector();
        replica.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);

        async Task<IReadOnlyList<LogCollector.Entry>> LinesOfAsync(int status, string method, string path, string? json = null, string? key = null, bool isLogged = true)
        {
            logs.Entries.Clear();
            using var response = await replica.Client.SendAsync(method, path, json, key);
            Assert.Equal(status, (int)response.StatusCode);
            // The line is written after the answer has left.
            if (isLogged)
                await Until.TrueAsync(() => logs.Named("RequestFinished").Concat(logs.Named("RequestUnavailable")).Concat(logs.Named("RequestFailed")).Any(), $"{method} {path} is logged");
            return [.. logs.Entries.Where(entry => entry.Level >= LogLevel.Information)];
        }

        async Task<LogCollector.Entry> LineOfAsync(int status, string method, string path, string? json = null, string? key = null) =>
            Assert.Single(await LinesOfAsync(status, method, path, json, key));

        var miss = await LineOfAsync(200, "GET", "/products/7");
        Assert.Equal("/products/{id}", miss.State["Route"]);
        Assert.Empty(await LinesOfAsync(200, "GET", "/products/7"));
        Assert.Equal(200, (await LineOfAsync(200, "PUT", "/products/7/price", """{"amount":7}""", Keys.Write)).State["Status"]);
        Assert.Equal(404, (await LineOfAsync(404, "GET", "/products/99999999")).State["Status"]);
        Assert.Equal(404, (await LineOfAsync(404, "GET", "/nothing/here")).State["Status"]);
        Assert.Equal(400, (await LineOfAsync(400, "GET", "/products/x")).State["Status"]);
        Assert.Equal(401, (await LineOfAsync(401, "PUT", "/products/7/price", """{"amount":7}""")).State["Status"]);
        Assert.Equal(401, (await LineOfAsync(401, "GET", "/sessions/current")).State["Status"]);
        Assert.Equal(401, (await LineOfAsync(401, "PUT", "/products/7/price", """{"amount":7}""", "wrong")).State["Status"]);
        Assert.Equal(429, (await LineOfAsync(429, "PUT", "/products/7/price", """{"amount":7}""", "wrong")).State["Status"]);

        // What machines ask for every second.
        foreach (var path in new[] { "/health", "/ready", "/alive", "/metrics" })
            Assert.Empty(await LinesOfAsync(200, "GET", path, isLogged: false));
        Assert.Empty(await LinesOfAsync(200, "GET", "/cache/warm", key: Keys.Admin));

        // A defect: one line with the stack trace.
        await servers.SqlAsync("alter table products rename column name to title");
        var failed = await LineOfAsync(500, "GET", "/products/8");
        Assert.Equal(("RequestFailed", LogLevel.Error, "/products/{id}"), (failed.Event.Name, failed.Level, failed.State["Route"]));
        Assert.IsType<Npgsql.PostgresException>(failed.Exception);

        // A dependency: one line that names it.
        await servers.Postgres.KillAsync();
        foreach (var (method, path, json) in new[] { ("GET", "/products/9", null), ("GET", "/products?category=garden", null), ("PUT", "/products/9/price", """{"amount":7}""") })
        {
            var unavailable = await LineOfAsync(503, method, path, json, Keys.Write);
            Assert.Equal(("RequestUnavailable", LogLevel.Warning), (unavailable.Event.Name, unavailable.Level));
            Assert.Contains("NpgsqlException: Failed to connect", unavailable.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("\n", unavailable.Message, StringComparison.Ordinal);
        }
    }
}
