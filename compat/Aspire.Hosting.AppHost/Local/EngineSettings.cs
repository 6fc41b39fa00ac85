using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local;

/// <summary>The engine's limits.</summary>
internal sealed class EngineSettings(bool isTest, IConfiguration configuration)
{
    /// <summary>How long a project or program may take to end before it is killed.</summary>
    public static readonly TimeSpan AppGrace = TimeSpan.FromSeconds(2.5);

    /// <summary>How long a server may take to end before it is killed.</summary>
    public static readonly TimeSpan ServerGrace = TimeSpan.FromSeconds(1.5);

    /// <summary>How long the whole application may take to end.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How often a resource is asked that is not healthy yet.</summary>
    public static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a healthy resource is asked.</summary>
    public static readonly TimeSpan HealthyPoll = TimeSpan.FromSeconds(2);

    /// <summary>How long a health check may take.</summary>
    public static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Every port is chosen freely: several applications run side by side.</summary>
    public bool RandomizePorts { get; } = isTest || string.Equals(configuration["DcpPublisher:RandomizePorts"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Redis and PostgreSQL run as containers even where their programs are installed: exactly the versions that the model names.</summary>
    public bool PrefersContainers { get; } = string.Equals(configuration["LocalEngine:PreferContainers"], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The program that runs containers as Docker's does, a path or a name; null for Docker or Podman, whichever answers.</summary>
    public string? ContainerProgram { get; } = configuration["LocalEngine:ContainerProgram"] is { Length: > 0 } chosen ? chosen : null;

    /// <summary>A person reads the console.</summary>
    public bool ShowsConsole { get; } = !isTest;
}
