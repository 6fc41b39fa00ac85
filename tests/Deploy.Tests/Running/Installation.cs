using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using HotShelf.TestServers;
using Npgsql;

namespace HotShelf.Deploy.Tests.Running;

/// <summary>What an installation begins with: secrets as deploy/secrets.sh makes them, a Redis with its users and their few rights, an empty Postgres.</summary>
public sealed partial class Installation : IAsyncLifetime
{
    private readonly DirectoryInfo _made = Directory.CreateTempSubdirectory("hotshelf-made-");
    private string _users = "";

    public RedisServer Redis { get; private set; } = null!;

    public string Database { get; private set; } = "";

    public string ApiKey => Made("Api__Keys__admin");

    /// <summary>Redis' password of the services.</summary>
    public string Password => PasswordIn().Match(Made("ConnectionStrings__cache")).Groups[1].Value;

    private string UsersFile => Path.Combine(_made.FullName, "cache-users.acl");

    private PostgresServer? _postgres;

    public async Task InitializeAsync()
    {
        if (RedisServer.Missing is not null || PostgresServer.Missing is not null)
            return;
        using (var script = Process.Start(new ProcessStartInfo("sh", [Repository.PathOf("deploy/secrets.sh"), _made.FullName]) { RedirectStandardError = true })!)
        {
            var said = await script.StandardError.ReadToEndAsync();
            await script.WaitForExitAsync();
            Assert.True(script.ExitCode == 0, said);
        }

        _users = await File.ReadAllTextAsync(UsersFile);
        Redis = await RedisServer.StartAsync("--aclfile", UsersFile);
        _postgres = await PostgresServer.StartAsync();
        Database = _postgres.ConnectionStringFor("productdb");
        await using var connection = new NpgsqlConnection(_postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("create database productdb", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Redis' users as they were made.</summary>
    public Task RestoreUsersAsync() => EditUsersAsync(_ => _users);

    /// <summary>An operator's edit of the file of users, taken up by the running server.</summary>
    public async Task EditUsersAsync(Func<string, string> edit)
    {
        await File.WriteAllTextAsync(UsersFile, edit(await File.ReadAllTextAsync(UsersFile)));
        Assert.Equal("+OK", await AsAsync($"AUTH operator {Made("cache-operator-password")}", "ACL LOAD"));
    }

    /// <summary>The answer to a command after a log-in that succeeds.</summary>
    public async Task<string?> AsAsync(string login, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Redis.Port);
        using var reader = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{login}\r\n{command}\r\n"));
        Assert.Equal("+OK", await reader.ReadLineAsync());
        return await reader.ReadLineAsync();
    }

    public async Task DisposeAsync()
    {
        if (Redis is not null)
            await Redis.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _made.Delete(recursive: true);
    }

    private string Made(string name) => File.ReadAllText(Path.Combine(_made.FullName, name)).TrimEnd();

    [GeneratedRegex("password=([^,]+)")]
    private static partial Regex PasswordIn();
}
