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
            case ContainerResource when resource.TryGetLastAnnotation<LocalProgram>(out var program):
                return await program.PrepareAsync(new ProgramContext(resource, instance.Id, engine.Space, launch.Arguments, launch.Environment, instance.Ports, logger), cancellationToken).ConfigureAwait(false);
            default:
                var image = resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var annotation) ? $"{annotation.Image}:{annotation.Tag}" : "(none)";
                throw new DistributedApplicationException(
                    $"'{resource.Name}' is a container (image {image}), and this engine runs only the containers of Redis and PostgreSQL, as programs of this machine. "
                    + "Two ways out: build with UseRealPackages=true on a machine with Docker or Podman, or run the program yourself and add it with AddExecutable.");
        }
    }

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(s_folders)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
