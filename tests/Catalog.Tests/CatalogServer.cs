using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Catalog.Tests;

/// <summary>One Postgres server for all tests of this assembly, with one seeded database that each test copies.</summary>
public sealed class CatalogServer : IAsyncLifetime
{
    private const string Template = "seeded";
    private PostgresServer? _server;
    private int _databases;

    public PostgresServer Server => _server!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null)
            return;
        _server = await PostgresServer.StartAsync();
        await ExecuteAsync(_server.ConnectionString, $"create database {Template}");
        await using var database = new TestCatalog(_server.ConnectionStringFor(Template) + ";Pooling=false");
        await database.Initializer.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>A database of its own for one test, seeded.</summary>
    public async Task<TestCatalog> CreateAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(Server.ConnectionString, $"create database {name} template {Template}");
        return new TestCatalog(Server.ConnectionStringFor(name));
    }

    /// <summary>A database of its own for one test, without any table.</summary>
    public async Task<TestCatalog> CreateEmptyAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(Server.ConnectionString, $"create database {name}");
        return new TestCatalog(Server.ConnectionStringFor(name));
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Tests in this collection share one server.</summary>
[CollectionDefinition(nameof(CatalogServer))]
public sealed class CatalogServerCollection : ICollectionFixture<CatalogServer>;
