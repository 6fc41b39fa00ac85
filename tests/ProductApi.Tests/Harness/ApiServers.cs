using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.ProductApi.Tests.Harness;

/// <summary>A Redis, a Postgres with the seeded catalog, and what replicas over them are started with.</summary>
public sealed class ApiServers : IAsyncDisposable
{
    private ApiServers(RedisServer redis, PostgresServer postgres)
    {
        Redis = redis;
        Postgres = postgres;
    }

    public RedisServer Redis { get; }

    public PostgresServer Postgres { get; }

    public string Database => Postgres.ConnectionStringFor("productdb");

    public static async Task<ApiServers> StartAsync()
    {
        var redis = RedisServer.StartAsync();
        var postgres = await PostgresServer.StartAsync();
        await using (var connection = new NpgsqlConnection(postgres.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("create database productdb", connection);
            await command.ExecuteNonQueryAsync();
        }

        return new ApiServers(await redis, postgres);
    }

    /// <summary>Starts a replica; <paramref name="settings"/> override what is usual.</summary>
    public Task<ApiHost> StartReplicaAsync(params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["environment"] = "Development",
            ["ConnectionStrings:cache"] = Redis.ConnectionString,
            // A machine that is busy is not a Redis that is away.
            ["Caching:RemoteTimeout"] = "00:00:10",
            // Not the 5 s of a price: tests wait longer, and would take a copy that ended for one that was removed. What answers say of a price stays as it is.
            ["Caching:Families:price:Local"] = "00:00:30",
            ["ConnectionStrings:productdb"] = Database,
            ["Catalog:SampleData"] = "true",
            ["Api:Keys:admin"] = Keys.Admin,
            ["Api:Keys:write:0"] = Keys.Write,
            ["Api:Keys:write:1"] = Keys.NextWrite,
            ["Api:Keys:sessions"] = Keys.Sessions,
            ["Api:RateLimits:PerAddress:PerSecond"] = "0",
            ["Api:RateLimits:PerKey:PerSecond"] = "0",
            ["Api:RateLimits:WrongKeys:PerMinute"] = "0",
            ["Logging:LogLevel:Default"] = "None",
        };
        foreach (var (key, value) in settings)
            all[key] = value;
        return ApiHost.StartAsync(all);
    }

    public async Task<object?> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
