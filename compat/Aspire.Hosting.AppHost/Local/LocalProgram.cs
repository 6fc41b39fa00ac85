using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>How to run a container resource as a program of this machine; put on a resource by the package that adds it.</summary>
internal abstract class LocalProgram : IResourceAnnotation
{
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

    /// <summary>What ends the program when the AppHost is gone without a word.</summary>
    public string FarewellSignal { get; init; } = "KILL";
}
