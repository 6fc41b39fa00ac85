using System.Security.Cryptography;

namespace Aspire.Hosting.Executables;

/// <summary>
/// The database cluster of one server: made on the first start, checked on later ones. Its folder also holds a salted hash of the password that it was given
/// last, which shows that the parameter has changed.
/// </summary>
internal sealed class PostgresCluster(ServerStart start, string programs, string data, string[] userPrefix)
{
    private const int HashRounds = 10_000;

    private readonly string _passwordHash = Path.Combine(data, "aspire_password_hash");

    /// <summary>What runs a program as the server's user.</summary>
    public string[] As => userPrefix;

    public string Program(string name) => Path.Combine(programs, name);

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var user = await start.VariableAsync("POSTGRES_USER", cancellationToken).ConfigureAwait(false);
        var password = await start.VariableAsync("POSTGRES_PASSWORD", cancellationToken).ConfigureAwait(false);
        if (!File.Exists(Path.Combine(data, "PG_VERSION")))
            await CreateAsync(user, password, cancellationToken).ConfigureAwait(false);
        await DataLock.WaitUntilFreeAsync(start, data, "postmaster.pid", cancellationToken).ConfigureAwait(false);
        await GiveAsync(start.DataFolder, cancellationToken).ConfigureAwait(false);
        if (!IsPasswordKnown(user, password))
            await ChangePasswordAsync(user, password, cancellationToken).ConfigureAwait(false);
    }

    // Made beside its place and moved there when complete: an interrupted initdb leaves nothing that looks like data.
    private async Task CreateAsync(string user, string password, CancellationToken cancellationToken)
    {
        Log.CreatingCluster(start.Logger, data);
        var unfinished = data + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        var passwordFile = Path.Combine(start.RunFolder, "password");
        Tool.WritePrivate(passwordFile, password);
        await GiveAsync(start.DataFolder, cancellationToken).ConfigureAwait(false);
        await GiveAsync(passwordFile, cancellationToken).ConfigureAwait(false);
        string[] locale = OperatingSystem.IsLinux() ? ["--locale=C.UTF-8"] : ["--no-locale"];
        var more = await start.WordsAsync("-- " + await start.VariableAsync("POSTGRES_INITDB_ARGS", cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var (code, _, errors) = await RunAsync("initdb",
            ["-D", unfinished, "-U", user, "-E", "UTF8", .. locale, "-A", "scram-sha-256", $"--pwfile={passwordFile}", .. more[1..]], "", cancellationToken).ConfigureAwait(false);
        File.Delete(passwordFile);
        if (code != 0)
            throw new ServerStartException($"'{start.Name}' cannot start: initdb failed in {data}: {errors}");
        await CreateDatabaseAsync(unfinished, user, cancellationToken).ConfigureAwait(false);
        RememberPassword(unfinished, user, password);
        Directory.Move(unfinished, data);
    }

    // As the image does. Clients that name no database take the one of the user's name.
    private async Task CreateDatabaseAsync(string folder, string user, CancellationToken cancellationToken)
    {
        var database = await start.VariableAsync("POSTGRES_DB", cancellationToken).ConfigureAwait(false);
        if (database.Length == 0)
            database = user;
        // What initdb has made.
        if (database is "postgres" or "template0" or "template1")
            return;
        var (created, errors) = await ExecuteAsync(folder, $"CREATE DATABASE {Identifier(database)}", cancellationToken).ConfigureAwait(false);
        if (!created)
            throw new ServerStartException($"'{start.Name}' cannot start: the database '{database}' could not be created in {data}. PostgreSQL says: {errors}");
    }

    private async Task ChangePasswordAsync(string user, string password, CancellationToken cancellationToken)
    {
        Log.ChangingPassword(start.Logger);
        var sql = $"ALTER ROLE {Identifier(user)} WITH LOGIN PASSWORD '{password.Replace("'", "''", StringComparison.Ordinal)}'";
        var (changed, errors) = await ExecuteAsync(data, sql, cancellationToken).ConfigureAwait(false);
        if (!changed)
        {
            throw new ServerStartException($"'{start.Name}' cannot start: the password of '{user}' in {data} could not be set to that of the parameter. "
                + $"Set the parameter back, or move the folder away to begin with an empty database. PostgreSQL says: {errors}");
        }

        RememberPassword(data, user, password);
    }

    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // The folder is ours, so this needs no password: in single-user mode, before the server listens.
    private async Task<(bool Succeeded, string Errors)> ExecuteAsync(string folder, string sql, CancellationToken cancellationToken)
    {
        var (code, output, errors) = await RunAsync("postgres",
            ["--single", "-D", folder, "-c", "password_encryption=scram-sha-256", "-c", "log_statement=none", "-c", "log_min_error_statement=panic", "postgres"],
            sql + "\n", cancellationToken).ConfigureAwait(false);
        return (code == 0 && !(output + errors).Contains("ERROR:", StringComparison.Ordinal), errors);
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments, string input, CancellationToken cancellationToken)
    {
        string[] words = [.. As, Program(program), .. arguments];
        return Tool.RunAsync(words[0], words[1..], cancellationToken, input);
    }

    // To the user that the server runs as.
    private async Task GiveAsync(string path, CancellationToken cancellationToken)
    {
        if (As.Length > 0 && await Tool.RunAsync("chown", ["-R", As[2], path], cancellationToken).ConfigureAwait(false) is { Code: not 0 } failed)
            throw new ServerStartException($"'{start.Name}' cannot start: {path} cannot be given to the user {As[2]}: {failed.Errors}");
    }

    private bool IsPasswordKnown(string user, string password)
    {
        var parts = File.Exists(_passwordHash) ? File.ReadAllText(_passwordHash).Split(':') : [];
        return parts.Length == 2 && CryptographicOperations.FixedTimeEquals(Convert.FromHexString(parts[1]), Hash(Convert.FromHexString(parts[0]), user, password));
    }

    private static void RememberPassword(string folder, string user, string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        Tool.WritePrivate(Path.Combine(folder, "aspire_password_hash"), $"{Convert.ToHexString(salt)}:{Convert.ToHexString(Hash(salt, user, password))}");
    }

    private static byte[] Hash(byte[] salt, string user, string password) => Rfc2898DeriveBytes.Pbkdf2($"{user}\n{password}", salt, HashRounds, HashAlgorithmName.SHA256, 32);
}
