using HotShelf.CacheWorker.Warming;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.CacheWorker.Tests;

/// <summary>The command <c>migrate</c>, as a job runs it: with a user of its own, and with the services' after it.</summary>
public class MigrationTests
{
    [ServersFact]
    public async Task Migrate_EmptyDatabase_BringsItUpToDateForServicesThatMayNotChangeIt()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await SqlAsync(postgres, "create user service replication; create user stranger");

        var (code, output) = await MigrateAsync(postgres.ConnectionString);
        Assert.True(code == "0", output);

        // What docs/operations.md grants.
        await SqlAsync(postgres, """
            grant usage on schema public to service;
            grant select, insert, update, delete on all tables in schema public to service;
            grant usage on all sequences in schema public to service
            """);
        // Run again by a user who may not change the schema, it finds nothing to do.
        (code, output) = await MigrateAsync(postgres.ConnectionString.Replace("Username=postgres", "Username=service", StringComparison.Ordinal));
        Assert.True(code == "0", output);
        await using var redis = await RedisServer.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(postgres, redis,
            $"ConnectionStrings__productdb={postgres.ConnectionString.Replace("Username=postgres", "Username=service", StringComparison.Ordinal)}", "Catalog__SampleData=false", "Worker__Warming__Products=10");
        await Until.TrueAsync(async () => await worker.StatusAsync("/ready") == "200", seconds: 60);
    }

    [ServersFact]
    public async Task Migrate_DatabaseThatRefuses_FailsWithTheReason()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await SqlAsync(postgres, "create user stranger");
        var (code, output) = await MigrateAsync(postgres.ConnectionString.Replace("Username=postgres", "Username=stranger", StringComparison.Ordinal));
        Assert.True(code == "1", output);
        Assert.Contains("permission denied", output, StringComparison.Ordinal);
    }

    /// <summary>Runs the command to its end; its exit code is the last line.</summary>
    private static async Task<(string Code, string Output)> MigrateAsync(string database)
    {
        await using var process = await ServerProcess.StartAsync("env",
            [$"ConnectionStrings__productdb={database}", "DOTNET_ENVIRONMENT=Production", "sh", "-c", "dotnet \"$0\" migrate; echo \"ended with $?\"", typeof(WarmingOptions).Assembly.Location]);
        await Until.TrueAsync(() => !process.IsRunning && process.Output.Contains("ended with ", StringComparison.Ordinal), seconds: 90);
        return (process.Output.TrimEnd()[^1..], process.Output);
    }

    private static async Task SqlAsync(PostgresServer postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
