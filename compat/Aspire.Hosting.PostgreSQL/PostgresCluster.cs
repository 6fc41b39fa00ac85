using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting.Postgres;

/// <summary>
/// The data of one server on disk: made on the first start, checked on every later one. The folder holds <c>data</c> (the cluster) and
/// <c>password</c> (a salted hash of the password that the cluster was given last, to see that the parameter has changed).
/// </summary>
internal sealed class PostgresCluster
{
    private const int HashRounds = 10_000;
    private static readonly TimeSpan s_predecessorLimit = TimeSpan.FromSeconds(10);

    private readonly ProgramContext _context;

    private PostgresCluster(ProgramContext context, string folder, string binaries, string? user)
    {
        _context = context;
        Folder = folder;
        Binaries = binaries;
        User = user;
    }

    public string Folder { get; }

    public string Data => Path.Combine(Folder, "data");

    public string Binaries { get; }

    /// <summary>The user that the server runs as; null for our own.</summary>
    public string? User { get; }

    private string PasswordHashFile => Path.Combine(Folder, "password");

    private string UserName => _context.Environment["POSTGRES_USER"];

    private string Password => _context.Environment["POSTGRES_PASSWORD"];

    public static PostgresCluster Of(ProgramContext context)
    {
        var installed = PostgresInstallation.Find();
        var mount = context.Resource.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault(m => m.Target.StartsWith("/var/lib/postgresql", StringComparison.Ordinal));
        var folder = mount is null ? Path.Combine(context.Space.Root, "session", context.Resource.Name)
            : mount.Type == ContainerMountType.Volume ? context.Space.Volume(mount.Source!) : mount.Source!;
        if (mount is null && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return new PostgresCluster(context, folder, Choose(context, folder, installed), Environment.IsPrivilegedProcess ? ServerUser() : null);
    }

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await OwnFolderAsync(cancellationToken).ConfigureAwait(false);
        if (!File.Exists(Path.Combine(Data, "PG_VERSION")))
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        await WaitForPredecessorAsync(cancellationToken).ConfigureAwait(false);
        if (!IsPasswordKnown())
            await ChangePasswordAsync(cancellationToken).ConfigureAwait(false);
    }

    // Data of one major version can only be read by that version.
    private static string Choose(ProgramContext context, string folder, IReadOnlyList<(int Major, string Binaries)> installed)
    {
        var versionFile = Path.Combine(folder, "data", "PG_VERSION");
        if (!File.Exists(versionFile))
            return installed[0].Binaries;
        var version = File.ReadAllText(versionFile).Trim();
        return installed.FirstOrDefault(i => i.Major.ToString(CultureInfo.InvariantCulture) == version).Binaries
            ?? throw new DistributedApplicationException(
                $"The data of '{context.Resource.Name}' in '{folder}' was made by PostgreSQL {version}, and installed here is {string.Join(", ", installed.Select(i => i.Major))}. "
                + $"Install PostgreSQL {version} (apt-get install postgresql-{version}), or move the folder away to begin with an empty database.");
    }

    private static string ServerUser() =>
        File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private async Task OwnFolderAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        if (User is null)
            return;
        var (code, output) = await PostgresTools.RunAsync(null, "/", null, "chown", ["-R", User, Folder], cancellationToken).ConfigureAwait(false);
        if (code != 0)
            throw new DistributedApplicationException($"The folder '{Folder}' cannot be given to the user {User}: {output}");
    }

    // Made beside its place and moved there when complete: an interrupted initdb leaves nothing that looks like data.
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        Log.Note(_context.Logger, $"Creating the database cluster in {Folder}");
        var unfinished = Path.Combine(Folder, "data.new");
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        var passwordFile = Path.Combine(Folder, "password.new");
        await WritePrivateAsync(passwordFile, Password, cancellationToken).ConfigureAwait(false);
        try
        {
            string[] locale = OperatingSystem.IsLinux() ? ["--locale=C.UTF-8"] : ["--no-locale"];
            string[] arguments = ["-D", unfinished, "-U", UserName, "-E", "UTF8", .. locale, $"--pwfile={passwordFile}", .. ShellWords.Split(_context.Environment.GetValueOrDefault("POSTGRES_INITDB_ARGS", ""), _context.Environment)];
            var (code, output) = await PostgresTools.RunAsync(User, Folder, null, Path.Combine(Binaries, "initdb"), arguments, cancellationToken).ConfigureAwait(false);
            if (code != 0)
                throw new DistributedApplicationException($"initdb failed in '{Folder}': {output}");
        }
        finally
        {
            File.Delete(passwordFile);
        }

        Directory.Move(unfinished, Data);
        await RememberPasswordAsync(cancellationToken).ConfigureAwait(false);
    }

    // A server that was told to end with its AppHost may need a moment; one that stays is somebody else's.
    private async Task WaitForPredecessorAsync(CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(Data, "postmaster.pid");
        var since = TimeProvider.System.GetTimestamp();
        while (File.Exists(pidFile))
        {
            var first = (await File.ReadAllLinesAsync(pidFile, cancellationToken).ConfigureAwait(false)).FirstOrDefault();
            if (!int.TryParse(first, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) || !IsServer(id))
            {
                // Left by a server that was killed; another process may have its id by now, and would stop the start.
                Log.Note(_context.Logger, "Removed the postmaster.pid of a server that was killed");
                File.Delete(pidFile);
                return;
            }

            if (TimeProvider.System.GetElapsedTime(since) > s_predecessorLimit)
            {
                throw new DistributedApplicationException(
                    $"The data of '{_context.Resource.Name}' in '{Folder}' is in use by process {id} ({PortOwner.CommandOf(id)}). Is this application running already? Otherwise end that process ('kill -INT {id}').");
            }

            await Task.Delay(50, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsServer(int processId)
    {
        try
        {
            return Directory.Exists("/proc/self")
                ? File.ReadAllText($"/proc/{processId}/cmdline").Contains(Data, StringComparison.Ordinal)
                : System.Diagnostics.Process.GetProcessById(processId).ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool IsPasswordKnown()
    {
        if (!File.Exists(PasswordHashFile))
            return false;
        var parts = File.ReadAllText(PasswordHashFile).Trim().Split(':');
        return parts.Length == 2 && CryptographicOperations.FixedTimeEquals(Convert.FromHexString(parts[1]), Hash(Convert.FromHexString(parts[0])));
    }

    // The folder is ours, so the password can be set without knowing the old one: in single-user mode, before the server listens.
    private async Task ChangePasswordAsync(CancellationToken cancellationToken)
    {
        Log.Note(_context.Logger, "The password parameter has changed: setting the new password in the database cluster");
        var sql = $"ALTER ROLE \"{UserName.Replace("\"", "\"\"", StringComparison.Ordinal)}\" WITH LOGIN PASSWORD '{Password.Replace("'", "''", StringComparison.Ordinal)}'\n";
        var (code, output) = await PostgresTools.RunAsync(User, Folder, sql, Path.Combine(Binaries, "postgres"),
            ["--single", "-D", Data, "-c", "password_encryption=scram-sha-256", "-c", "log_statement=none", "-c", "log_min_error_statement=panic", "postgres"], cancellationToken).ConfigureAwait(false);
        if (code != 0 || output.Contains("ERROR:", StringComparison.Ordinal))
        {
            throw new DistributedApplicationException(
                $"The password of '{UserName}' in '{Folder}' could not be changed to that of the parameter. Set the parameter back, or move the folder away to begin with an empty database. PostgreSQL says: {output}");
        }

        await RememberPasswordAsync(cancellationToken).ConfigureAwait(false);
    }

    private Task RememberPasswordAsync(CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return WritePrivateAsync(PasswordHashFile, $"{Convert.ToHexString(salt)}:{Convert.ToHexString(Hash(salt))}", cancellationToken);
    }

    private byte[] Hash(byte[] salt) => Rfc2898DeriveBytes.Pbkdf2($"{UserName}\n{Password}", salt, HashRounds, HashAlgorithmName.SHA256, 32);

    private async Task WritePrivateAsync(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        await using (stream.ConfigureAwait(false))
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        if (User is not null)
            await PostgresTools.RunAsync(null, "/", null, "chown", [User, path], cancellationToken).ConfigureAwait(false);
    }
}
