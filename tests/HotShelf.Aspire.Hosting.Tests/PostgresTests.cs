using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Aspire.Hosting.Tests;

public sealed class PostgresTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private string Data => _folder["volumes", "pg", "data"];

    private string Volumes => $"--Aspire:RunAsExecutable:VolumesDirectory={_folder["volumes"]}";

    public void Dispose() => _folder.Dispose();

    [PostgresFact]
    public async Task Start_DatabaseWithScript_IsCreatedAndReferencesAreThoseOfAContainer()
    {
        await using var app = await TestApp.StartAsync(builder =>
        {
            var cache = builder.AddRedis("cache").RunAsExecutable();
            var database = builder.AddPostgres("postgres").WithArgs("-c", "max_connections=33").RunAsExecutable()
                .AddDatabase("productdb").WithCreationScript("CREATE DATABASE productdb CONNECTION LIMIT 7;");
            builder.AddExecutable("client", "/bin/sh", "/", "-c", $"env >{_folder["env"]}").WithReference(cache).WithReference(database).WaitFor(cache).WaitFor(database);
        });
        await app.StateAsync("client", KnownResourceStates.Finished);

        var variables = await File.ReadAllLinesAsync(_folder["env"]);
        var connectionString = new NpgsqlConnectionStringBuilder(await app.ConnectionStringAsync("productdb"));
        Assert.Contains("CACHE_HOST=localhost", variables);
        Assert.Contains($"PRODUCTDB_PORT={connectionString.Port}", variables);
        Assert.Contains($"PRODUCTDB_URI=postgresql://postgres:{Uri.EscapeDataString(TestApp.Password)}@localhost:{connectionString.Port}/productdb", variables);
        Assert.Equal("7", await QueryAsync(app, "productdb", "SELECT datconnlimit FROM pg_database WHERE datname = 'productdb'"));
        Assert.Equal("33", await QueryAsync(app, "productdb", "SHOW max_connections"));
        Assert.Empty(Processes.With(TestApp.PasswordEnd));
    }

    [PostgresFact]
    public async Task Start_UserOfAnotherName_HasTheDatabaseOfTheConnectionString()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddPostgres("postgres", userName: builder.AddParameter("user", "shop")).RunAsExecutable());
        await app.HealthyAsync("postgres");

        Assert.Equal("shop", await QueryAsync(app, "postgres", "SELECT current_database()"));
    }

    [PostgresTheory]
    [InlineData("its \"own\"", "its \"own\",postgres")]
    [InlineData("template1", "postgres")]
    public async Task Start_DatabaseNamedAsForTheImage_IsThere(string name, string expected)
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddPostgres("postgres").WithEnvironment("POSTGRES_DB", name).RunAsExecutable());
        await app.HealthyAsync("postgres");

        Assert.Equal(expected, await QueryAsync(app, "postgres", "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"));
    }

    [PostgresFact]
    public async Task StopAndStart_DatabasesFollowAndKeepTheirData()
    {
        await using var app = await TestApp.StartAsync(Database, Volumes);
        await app.HealthyAsync("productdb");
        await QueryAsync(app, "productdb", "CREATE TABLE kept AS SELECT 42 AS answer");

        // An idle client must not hold the stop.
        await using var idle = new NpgsqlConnection(await app.ConnectionStringAsync("productdb"));
        await idle.OpenAsync(app.Limit);
        await app.CommandAsync("postgres", KnownResourceCommands.StopCommand);
        await app.StateAsync("productdb", KnownResourceStates.Finished);
        await app.CommandAsync("postgres", KnownResourceCommands.StartCommand);
        // The server's health begins anew with a start. Aspire leaves that of a database as it was.
        await app.HealthyAsync("postgres");
        await app.StateAsync("productdb", KnownResourceStates.Running);

        Assert.Equal("42", await QueryAsync(app, "productdb", "SELECT answer FROM kept"));
    }

    [PostgresFact]
    public async Task Start_PasswordHasChanged_TheNewOneIsSet()
    {
        await using (var app = await TestApp.StartAsync(Database, Volumes))
            await app.HealthyAsync("postgres");

        await using var changed = await TestApp.StartAsync(Database, Volumes, "--Parameters:postgres-password=it's new");
        await changed.HealthyAsync("postgres");
        Assert.Equal("it's new", new NpgsqlConnectionStringBuilder(await changed.ConnectionStringAsync("postgres")).Password);
        var wrong = new NpgsqlConnectionStringBuilder(await changed.ConnectionStringAsync("postgres")) { Password = TestApp.Password, Pooling = false };
        await using var refused = new NpgsqlConnection(wrong.ConnectionString);
        Assert.Equal(PostgresErrorCodes.InvalidPassword, (await Assert.ThrowsAsync<PostgresException>(() => refused.OpenAsync(changed.Limit))).SqlState);
    }

    [PostgresFact]
    public async Task Start_ServerWasKilled_RecoversOnceItIsStartedAgain()
    {
        await using var app = await TestApp.StartAsync(Database, Volumes);
        await app.HealthyAsync("postgres");
        var server = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        System.Diagnostics.Process.GetProcessById(server).Kill();
        await app.StateAsync("postgres", KnownResourceStates.Finished);
        // The process that has the id by now is not a server.
        await File.WriteAllTextAsync(Path.Combine(Data, "postmaster.pid"), $"{Environment.ProcessId}\n{Data}\n");

        await app.CommandAsync("postgres", KnownResourceCommands.StartCommand);
        await app.HealthyAsync("postgres");
        await app.LogAsync("postgres", "postmaster.pid of a server that was killed");
    }

    [PostgresFact]
    public async Task Start_DataOfAnotherMajorVersion_SaysWhichToInstallAndDependentsFail()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "PG_VERSION"), "9\n");
        await using var app = await TestApp.StartAsync(Database, Volumes);

        await app.StateAsync("postgres", KnownResourceStates.FailedToStart);
        await app.LogAsync("postgres", $"its data in {Data} was made by PostgreSQL 9, and installed is {Path.GetFileName(Path.GetDirectoryName(Programs.PostgresBin))}. Install PostgreSQL 9");
        await app.StateAsync("productdb", KnownResourceStates.FailedToStart);
        await app.StateAsync("client", KnownResourceStates.FailedToStart);
    }

    [PostgresFact]
    public async Task Start_MissingProgram_SaysWhatToInstall()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddPostgres("postgres").RunAsExecutable(options => options.ProgramsDirectory = _folder.Path));

        await app.StateAsync("postgres", KnownResourceStates.FailedToStart);
        await app.LogAsync("postgres", $"no PostgreSQL server (postgres, initdb) was found in {_folder.Path}. Install one");
    }

    [PostgresFact]
    public async Task Start_ImageOfAnotherServer_IsRefusedByName()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddPostgres("postgres").WithImage("pgvector/pgvector", "pg17").RunAsExecutable());

        await app.StateAsync("postgres", KnownResourceStates.FailedToStart);
        await app.LogAsync("postgres", "the image pgvector/pgvector");
    }

    [PostgresFact]
    public async Task Start_Dockerfile_IsRefusedByName()
    {
        await File.WriteAllTextAsync(_folder["Dockerfile"], "FROM postgres:17\n");
        await using var app = await TestApp.StartAsync(builder => builder.AddPostgres("postgres").WithDockerfile(_folder.Path).RunAsExecutable());

        await app.StateAsync("postgres", KnownResourceStates.FailedToStart);
        await app.LogAsync("postgres", _folder["Dockerfile"]);
    }

    [PostgresFact]
    public async Task Start_ImageOfAnotherRegistryAndVersion_IsTheSameServer()
    {
        await using var app = await TestApp.StartAsync(builder => builder.AddPostgres("postgres").WithImage("mirror/library/postgres", "17-alpine").WithImageRegistry("registry.example.com").RunAsExecutable());

        await app.HealthyAsync("postgres");
    }

    [PostgresFact]
    public async Task Start_DataOfTheContainer_IsNotPassedOver()
    {
        Directory.CreateDirectory(_folder["volumes", "pg", "18", "docker"]);
        await using var app = await TestApp.StartAsync(Database, Volumes);

        await app.StateAsync("postgres", KnownResourceStates.FailedToStart);
        await app.LogAsync("postgres", $"the data in {_folder["volumes", "pg", "18", "docker"]} is that of a container");
        Assert.False(Directory.Exists(Data));
    }

    [PostgresFact]
    public async Task Start_DataOfAnOlderContainer_IsNotTakenOver()
    {
        // The images up to 17 have the folder itself at /var/lib/postgresql/data, and the server is process 1.
        var pidFile = _folder["volumes", "pg", "postmaster.pid"];
        Directory.CreateDirectory(_folder["volumes", "pg"]);
        await File.WriteAllTextAsync(_folder["volumes", "pg", "PG_VERSION"], Path.GetFileName(Path.GetDirectoryName(Programs.PostgresBin)) + "\n");
        await File.WriteAllTextAsync(pidFile, "1\n/var/lib/postgresql/data\n");
        await using var app = await TestApp.StartAsync(Database, Volumes);

        await app.StateAsync("postgres", KnownResourceStates.FailedToStart);
        Assert.True(File.Exists(pidFile));
        await app.LogAsync("postgres", $"the data in {_folder["volumes", "pg"]} is that of a container");
    }

    private static void Database(IDistributedApplicationBuilder builder)
    {
        var database = builder.AddPostgres("postgres").WithDataVolume("pg").RunAsExecutable().AddDatabase("productdb");
        builder.AddExecutable("client", "/bin/true", "/").WaitFor(database);
    }

    private static async Task<string?> QueryAsync(TestApp app, string database, string sql)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(await app.ConnectionStringAsync(database)) { Pooling = false };
        await using var connection = new NpgsqlConnection(connectionString.ConnectionString);
        await connection.OpenAsync(app.Limit);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(app.Limit), CultureInfo.InvariantCulture);
    }
}
