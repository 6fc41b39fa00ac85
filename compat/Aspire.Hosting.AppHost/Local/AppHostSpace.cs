using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting.Local;

/// <summary>
/// Where an AppHost keeps its things on this machine: volumes and logs per user, secrets where <c>dotnet user-secrets</c> has them; for a test all of
/// it in a temporary folder that goes with the test.
/// </summary>
internal sealed class AppHostSpace
{
    private readonly string _volumes;

    private AppHostSpace(string projectName, string directory, string root, string volumes, string secretsFile, bool isTemporary)
    {
        Name = Path.GetFileNameWithoutExtension(projectName).ToLowerInvariant();
        Identity = $"{Name}-{Hash(directory)}";
        Root = root;
        _volumes = volumes;
        Secrets = new SecretStore(secretsFile);
        IsTemporary = isTemporary;
        Logs = Path.Combine(root, "logs");
    }

    /// <summary>The name of the AppHost project in lower case.</summary>
    public string Name { get; }

    /// <summary>The name and the first ten digits of the hash of the AppHost's path: two clones never share a volume.</summary>
    public string Identity { get; }

    public string Root { get; }

    public string Logs { get; }

    public SecretStore Secrets { get; }

    public bool IsTemporary { get; }

    /// <summary>Files of one run, such as a server's configuration with its password; readable by the owner only and gone with the run.</summary>
    public string RunDirectory => _runDirectory ??= CreateRunDirectory();

    private string? _runDirectory;

    public static AppHostSpace OfUser(string projectName, string directory, string? userSecretsId)
    {
        // The home folder of root is closed to the user that a database server runs as.
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } chosen ? chosen
            : Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? "/var/lib"
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (string.IsNullOrEmpty(data))
            data = Path.GetTempPath();
        var shared = Path.Combine(data, "aspire");
        var name = $"{Path.GetFileNameWithoutExtension(projectName).ToLowerInvariant()}-{Hash(directory)}";
        var root = Path.Combine(shared, "apps", name);
        return new AppHostSpace(projectName, directory, root, Path.Combine(shared, "volumes"), SecretsFile(userSecretsId, root), isTemporary: false);
    }

    public static AppHostSpace Temporary(string projectName, string directory, string testName)
    {
        var root = Directory.CreateTempSubdirectory($"aspire-{testName}-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return new AppHostSpace(projectName, directory, root, Path.Combine(root, "volumes"), Path.Combine(root, "secrets", "secrets.json"), isTemporary: true);
    }

    /// <summary>The folder that stands for a volume.</summary>
    public string Volume(string name) => Path.Combine(_volumes, name);

    /// <summary>Removes what belongs to this run only.</summary>
    public void DeleteRunFiles()
    {
        foreach (var directory in (string?[])[_runDirectory, IsTemporary ? Root : null])
        {
            try
            {
                if (directory is not null && Directory.Exists(directory))
                    Directory.Delete(directory, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A server that is just ending may still write: the janitor tries again when this process has ended.
            }
        }
    }

    private static string SecretsFile(string? userSecretsId, string root)
    {
        try
        {
            if (userSecretsId is not null)
                return PathHelper.GetSecretsPathFromSecretsId(userSecretsId);
        }
        catch (InvalidOperationException)
        {
            // No home folder: the file goes beside the volumes.
        }

        return Path.Combine(root, "secrets", "secrets.json");
    }

    private static string CreateRunDirectory() => Directory.CreateTempSubdirectory("aspire-run-").FullName;

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..10];
}
