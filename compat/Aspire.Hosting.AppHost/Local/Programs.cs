using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>Finds what to run for a resource.</summary>
internal static class Programs
{
    private static readonly string[] s_folders = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin"];

    public static async Task<ProgramStart> PrepareAsync(LocalEngine engine, IResource resource, Instance instance, Launch launch, ILogger logger, CancellationToken cancellationToken)
    {
        switch (resource)
        {
            case ProjectResource project:
                return await ProjectPrograms.PrepareAsync(engine, project, launch, logger, cancellationToken).ConfigureAwait(false);
            case ExecutableResource executable:
                if (!Directory.Exists(executable.WorkingDirectory))
                    throw new DistributedApplicationException($"The working directory '{executable.WorkingDirectory}' of '{resource.Name}' does not exist.");
                var command = executable.Command.Contains('/', StringComparison.Ordinal) ? Path.GetFullPath(executable.Command, executable.WorkingDirectory) : Find(executable.Command);
                if (command is null || !File.Exists(command))
                    throw new DistributedApplicationException($"The program '{executable.Command}' of '{resource.Name}' was not found. Install it, or give its path.");
                return new ProgramStart(command, launch.Arguments, executable.WorkingDirectory) { Environment = launch.WholeEnvironment() };
            case ContainerResource container:
                return await ContainerAsync(engine, container, instance, launch, logger, cancellationToken).ConfigureAwait(false);
            default:
                throw new DistributedApplicationException($"'{resource.Name}' is a {resource.GetType().Name}, which this engine cannot run.");
        }
    }

    // A container that is a program of this machine runs as that, unless the program is missing or containers are preferred.
    private static Task<ProgramStart> ContainerAsync(LocalEngine engine, ContainerResource resource, Instance instance, Launch launch, ILogger logger, CancellationToken cancellationToken)
    {
        if (!resource.TryGetLastAnnotation<LocalProgram>(out var program))
            return ContainerPrograms.PrepareAsync(engine, resource, instance, launch, null, logger, cancellationToken);
        var missing = engine.Settings.PrefersContainers ? $"'{resource.Name}' shall run as a container (LocalEngine:PreferContainers is true)" : program.Missing(resource);
        return missing is null
            ? program.PrepareAsync(new ProgramContext(resource, instance.Id, engine.Space, launch.Arguments, launch.Environment, instance.Ports, logger), cancellationToken)
            : ContainerPrograms.PrepareAsync(engine, resource, instance, launch, missing, logger, cancellationToken);
    }

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(s_folders)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
