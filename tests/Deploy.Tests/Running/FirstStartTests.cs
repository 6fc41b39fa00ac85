using System.Net;
using System.Text.RegularExpressions;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>A first installation with the database users of docs/operations.md, whose services start before the job <c>migrate</c> has run.</summary>
public sealed partial class FirstStartTests : IDisposable
{
    private readonly SecretFolder _secrets = new();

    [ServersFact]
    public async Task Services_StartedBeforeTheMigration_WaitForItAndBecomeReady()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        await SqlAsync(postgres.ConnectionString, "create database productdb");
        var owner = postgres.ConnectionStringFor("productdb");
        await SqlAsync(owner, Users().Match(Repository.Read("docs/operations.md")).Groups[1].Value);
        _secrets.Write([("ConnectionStrings__cache", redis.ConnectionString), ("ConnectionStrings__productdb", owner.Replace("Username=postgres", "Username=service_a", StringComparison.Ordinal))]);

        await using var api = await ServiceProcess.StartAsync(_secrets, "ProductApi", "Catalog__ApplySchema=false");
        await using var worker = await ServiceProcess.StartAsync(_secrets, "CacheWorker", "Catalog__ApplySchema=false");
        foreach (var service in (ServiceProcess[])[api, worker])
        {
            await Until.TrueAsync(() => service.Output.Contains("WaitingForSchema", StringComparison.Ordinal), () => service.Output);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await service.GetAsync("/ready"));
            Assert.Equal(HttpStatusCode.OK, await service.GetAsync("/alive"));
        }

        // What the services may not do, the command does, whatever the setting.
        await using var migrate = await ServerProcess.StartAsync("env",
            [$"ConnectionStrings__productdb={owner}", "DOTNET_ENVIRONMENT=Production", "Catalog__ApplySchema=false", "dotnet", Path.Combine(AppContext.BaseDirectory, "CacheWorker.dll"), "migrate"]);
        await Until.TrueAsync(() => !migrate.IsRunning, () => migrate.Output, seconds: 90);

        await api.ReadyAsync();
        await worker.ReadyAsync();
        // Sample products were not asked for.
        Assert.Equal(HttpStatusCode.NotFound, await api.GetAsync("/products/1"));
        Assert.DoesNotContain("FeedMisconfigured", worker.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _secrets.Dispose();

    private static async Task SqlAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    [GeneratedRegex("```sql\n(create role service nologin;.*?)```", RegexOptions.Singleline)]
    private static partial Regex Users();
}
