namespace Aspire.Hosting;

/// <summary>When a resource runs as a process of this machine.</summary>
public enum RunAsExecutableMode
{
    /// <summary>When no container engine answers.</summary>
    Auto,

    /// <summary>Always, even when a container engine answers.</summary>
    Always,

    /// <summary>Never: the resource stays a container.</summary>
    Never,
}

/// <summary>
/// How a server runs as a process of this machine. Configuration overrides what the code sets: <c>Aspire:RunAsExecutable:{property}</c> for all resources,
/// <c>Aspire:RunAsExecutable:{resource}:{property}</c> for one.
/// </summary>
public sealed class RunAsExecutableOptions
{
    /// <summary>When the resource runs as a process. The default is <see cref="RunAsExecutableMode.Auto"/>.</summary>
    public RunAsExecutableMode Mode { get; set; }

    /// <summary>
    /// The folder of the server's programs. The default is <see langword="null"/>: they are looked for on <c>PATH</c> and where Debian, Fedora and Homebrew
    /// install them.
    /// </summary>
    public string? ProgramsDirectory { get; set; }

    /// <summary>
    /// The folder that holds a folder for each named volume. The default is <see langword="null"/>: <c>aspire/volumes</c> in the user's folder of local
    /// application data, for root <c>/var/lib/aspire/volumes</c>.
    /// </summary>
    public string? VolumesDirectory { get; set; }
}
