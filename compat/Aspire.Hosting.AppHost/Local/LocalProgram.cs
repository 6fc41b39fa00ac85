using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>How to run a container resource as a program of this machine; put on a resource by the package that adds it.</summary>
internal abstract class LocalProgram : IResourceAnnotation
{
    /// <summary>Why the program cannot be run here, as the beginning of a sentence; null when it can.</summary>
    public abstract string? Missing(IResource resource);

    /// <summary>What a person does to have the program.</summary>
    public abstract string HowToInstall { get; }

    /// <summary>What asks the container to end when the program runs in one.</summary>
    public virtual string ContainerStopSignal => "TERM";

    /// <summary>Finds the program and prepares its files. Throws <see cref="DistributedApplicationException"/> saying what to install or repair.</summary>
    public abstract Task<ProgramStart> PrepareAsync(ProgramContext context, CancellationToken cancellationToken);

    /// <summary>True for output that a person should see at once.</summary>
    public virtual bool IsImportant(string line) => false;
}

/// <summary>What a program is started with.</summary>
internal sealed record ProgramContext(IResource Resource, string InstanceId, AppHostSpace Space, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<string, int> Ports, ILogger Logger);

/// <summary>A program ready to start.</summary>
internal sealed record ProgramStart(string FileName, IReadOnlyList<string> Arguments, string WorkingDirectory)
{
    /// <summary>The whole environment; null inherits ours.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>The user to become; only as root.</summary>
    public string? User { get; init; }

    /// <summary>What asks the program to end.</summary>
    public string StopSignal { get; init; } = "TERM";

    /// <summary>Called when the program has ended, however it did.</summary>
    public Func<Task>? Ended { get; init; }

    /// <summary>What ends the program when the AppHost is gone without a word.</summary>
    public string FarewellSignal { get; init; } = "KILL";
}
