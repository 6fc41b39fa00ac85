using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

#pragma warning disable ASPIREPERSISTENCE001 // Experimental: a lifetime beyond that of the application.

namespace Aspire.Hosting.Executables;

/// <summary>
/// Turns a container resource into a <see cref="ServerExecutableResource"/> and prepares each of its starts. The process is a shell script: it starts the
/// server, stops it with the signal that ends it fast, and removes the folder of the run.
/// </summary>
internal sealed class ServerSubstitute
{
    private ServerSubstitute(ServerExecutableResource server)
    {
        Server = server;
        var data = server.Annotations.OfType<ContainerMountAnnotation>().LastOrDefault(server.Settings.Program.IsData);
        DataFolder = data?.Source is not { } source ? null : Path.GetFullPath(data.Type == ContainerMountType.BindMount ? source : Path.Combine(VolumesDirectory, source));
        ContainerArguments = [.. server.Annotations.OfType<CommandLineArgsCallbackAnnotation>()];
        ContainerOnly = [.. server.Annotations.OfType<ContainerMountAnnotation>().Where(mount => !server.Settings.Program.IsData(mount)).Select(mount => mount.Target),
            .. server.Annotations.OfType<ContainerFileSystemCallbackAnnotation>().Select(files => files.DestinationPath),
            .. ImageOfItsOwn(server) is { } image ? [$"those of the image {image}"] : Array.Empty<string>()];
    }

    public ServerExecutableResource Server { get; }

    /// <summary>The folder of the last start, a new one for each: the name of one that is gone is free for anyone to take.</summary>
    public string RunFolder { get; private set; } = "";

    /// <summary>The folder of the container's volume or bind mount; null when it has none, or one without a name, which no second container would get.</summary>
    public string? DataFolder { get; }

    public IReadOnlyList<CommandLineArgsCallbackAnnotation> ContainerArguments { get; }

    /// <summary>Why the server cannot start before the application is started again; null when it can.</summary>
    public string? Failure { get; set; }

    // Files that the container would see and a process would not.
    private IReadOnlyList<string> ContainerOnly { get; }

    private string Script => Path.Combine(RunFolder, "run");

    private string VolumesDirectory => Server.Settings.Options.VolumesDirectory
        // As root the server runs as another user, who cannot enter root's home.
        ?? (Environment.IsPrivilegedProcess ? "/var/lib/aspire/volumes"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "aspire", "volumes"));

    public static ServerSubstitute Create(ContainerResource container, RunAsExecutableAnnotation settings)
    {
        var server = new ServerExecutableResource(container, settings);
        var substitute = new ServerSubstitute(server);
        substitute.ReplaceAnnotations();
        return substitute;
    }

    /// <summary>Prepares a start. It fails with one message, in the resource's log and in the application's.</summary>
    public async Task PrepareAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            if (Failure is not null)
                throw new ServerStartException(Failure);
            if (ContainerOnly.Count > 0)
            {
                throw new ServerStartException($"'{Server.Name}' uses files that only its container has: {string.Join(", ", ContainerOnly)}. "
                    + "Start a container engine, or remove what adds them.");
            }

            RunFolder = Tool.CreatePassableFolder($"aspire-{Server.Name}-");
            var start = await ServerStart.CreateAsync(this, services, cancellationToken).ConfigureAwait(false);
            Tool.CreatePrivateFolder(start.DataFolder);
            var launch = await Server.Settings.Program.PrepareAsync(start, cancellationToken).ConfigureAwait(false);
            Tool.WritePrivate(Script, ScriptOf(launch));
        }
        catch (Exception exception)
        {
            // It may hold secrets by now.
            if (Directory.Exists(RunFolder))
                Directory.Delete(RunFolder, recursive: true);
            if (exception is not (ServerStartException or IOException or UnauthorizedAccessException))
                throw;
            var message = exception is ServerStartException ? exception.Message : $"'{Server.Name}' cannot start: {exception.Message}";
            Log.ServerNotStarted(services.GetRequiredService<ILogger<ServerExecutableResource>>(), message);
            throw exception as ServerStartException ?? new ServerStartException(message);
        }
    }

    // From whatever registry and in whatever version: the version of a process is the installed one.
    private static string? ImageOfItsOwn(ServerExecutableResource server) =>
        server.Annotations.OfType<DockerfileBuildAnnotation>().LastOrDefault() is { } build ? build.DockerfilePath
        : server.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault() is { Image: var image } && !server.Settings.Program.Images.Contains(image.Split('/')[^1]) ? image
        : null;

    private void ReplaceAnnotations()
    {
        var annotations = Server.Annotations;
        foreach (var ofContainer in annotations.Where(annotation => annotation is ContainerImageAnnotation or DockerfileBuildAnnotation or ContainerMountAnnotation
            or ContainerFileSystemCallbackAnnotation or ContainerLifetimeAnnotation or PersistenceAnnotation or CommandLineArgsCallbackAnnotation).ToList())
        {
            annotations.Remove(ofContainer);
        }

        // The container's own ports. A process gets free ones.
        foreach (var endpoint in annotations.OfType<EndpointAnnotation>())
            endpoint.TargetPort = null;
        annotations.Add(new CommandLineArgsCallbackAnnotation(arguments =>
        {
            arguments.Add(Script);
            foreach (var argument in Server.Settings.Program.PortArguments(Server.Container))
                arguments.Add(argument);
        }));
    }

    // The orchestrator sends SIGTERM and kills after six seconds. The script is earlier, so that it can clean up.
    private string ScriptOf(ServerLaunch launch) => $"""
        trap 'kill -s {launch.StopSignal} "$server"; (sleep 4; kill -s {launch.KillSignal} "$server") >/dev/null 2>&1 </dev/null & killer=$!' TERM INT HUP
        {string.Join(' ', launch.Command.Select(Tool.Quote))} "$@" &
        server=$!
        wait "$server"; status=$?
        # The first wait ends with a signal, the next one with the server.
        while kill -s 0 "$server" 2>/dev/null; do wait "$server"; status=$?; done
        [ -z "$killer" ] || kill "$killer"
        rm -rf {Tool.Quote(RunFolder)}
        exit "$status"
        """;
}
