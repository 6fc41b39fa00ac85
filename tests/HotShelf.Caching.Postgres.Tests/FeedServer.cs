using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Caching.Postgres.Tests;

/// <summary>One Postgres server for all tests of this assembly that need no server of their own; each test has a database.</summary>
public sealed class FeedServer : IAsyncLifetime
{
    private int _databases;

    public PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is null)
            Server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }

    /// <summary>A database with the table <c>items (id, name, category, version)</c>, and items 1 to 100 in category <c>a</c>.</summary>
    public async Task<TestDatabase> CreateAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await using (var database = new TestDatabase(Server.ConnectionString))
            await database.ExecuteAsync($"create database {name}");
        return await TestDatabase.CreateAsync(Server.ConnectionStringFor(name));
    }
}

[CollectionDefinition(nameof(FeedServer))]
public sealed class FeedServerCollection : ICollectionFixture<FeedServer>;

/// <summary>A test's database.</summary>
public sealed class TestDatabase(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");

    public string ConnectionString => connectionString;

    public string Name { get; } = new NpgsqlConnectionStringBuilder(connectionString).Database!;

    /// <summary>The same database for another role.</summary>
    public TestDatabase As(string role) => new(new NpgsqlConnectionStringBuilder(connectionString) { Username = role }.ConnectionString);

    public static async Task<TestDatabase> CreateAsync(string connectionString)
    {
        var database = new TestDatabase(connectionString);
        await database.ExecuteAsync("""
            create table items (id integer primary key, name text not null, category text not null, version bigint not null default 1);
            insert into items select n, 'item ' || n, 'a' from generate_series(1, 100) n;
            """);
        return database;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Begins a transaction on a connection of its own.</summary>
    public async Task<NpgsqlConnection> BeginAsync(string sql)
    {
        var connection = await _source.OpenConnectionAsync();
        await connection.ExecuteAsync($"begin; {sql}");
        return connection;
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task CopyAsync(string table, IEnumerable<string> lines)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var copy = await connection.BeginTextImportAsync($"copy {table} from stdin");
        foreach (var line in lines)
            await copy.WriteAsync(line + "\n");
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}

internal static class ConnectionExtensions
{
    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
