using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Executables;

/// <summary>What is specific to one server: its programs, its data, its command line.</summary>
internal abstract class ServerProgram
{
    /// <summary>The names of images that hold the server and nothing else.</summary>
    public abstract IReadOnlyList<string> Images { get; }

    /// <summary>The endpoints' ports as arguments. Aspire resolves them when it creates the process.</summary>
    public abstract IEnumerable<object> PortArguments(IResourceWithEndpoints resource);

    /// <summary>True for a mount that holds the server's data.</summary>
    public abstract bool IsData(ContainerMountAnnotation mount);

    /// <summary>Prepares the next start of the server. It runs before each start.</summary>
    /// <exception cref="ServerStartException">The server cannot start. The message says what to do.</exception>
    public abstract Task<ServerLaunch> PrepareAsync(ServerStart start, CancellationToken cancellationToken);

    /// <summary>The path of a program in <paramref name="folder"/>, or without a folder on <c>PATH</c> and where package managers put it.</summary>
    protected static string? Find(string program, string? folder) =>
        (folder is not null ? [folder] : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin"]))
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>How to install a program on this machine.</summary>
    protected static string HowToInstall(string debian, string fedora, string homebrew) =>
        OperatingSystem.IsMacOS() ? $"brew install {homebrew}"
        : File.Exists("/etc/debian_version") ? $"apt-get install {debian}"
        : File.Exists("/usr/bin/dnf") ? $"dnf install {fedora}"
        : $"apt-get install {debian}, dnf install {fedora} or brew install {homebrew}";
}

/// <summary>The command that starts a server, without its ports, the signal that stops it fast and clean, and the one that ends it when that does not help.</summary>
internal sealed record ServerLaunch(IReadOnlyList<string> Command, string StopSignal, string KillSignal);
