using System.Diagnostics;
using System.Globalization;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>
/// Runs a container resource with Docker or Podman: the image, the entry point, the arguments, the mounts and the environment that the model names. The
/// command-line program stays in the foreground, so that its end is the container's end and its output the container's.
/// </summary>
internal static class ContainerPrograms
{
    // $1: what removes the container when we are gone and the program's own time to end is over.
    private const string GuardScript = """
        while read -r word; do [ "$word" = done ] && exit 0; done
        sleep 4
        exec "$@" >/dev/null 2>&1
        """;

    /// <summary>The name by which a container reaches this machine.</summary>
    private const string HostName = "host.docker.internal";

    public static async Task<ProgramStart> PrepareAsync(LocalEngine engine, ContainerResource resource, Instance instance, Launch launch, string? whyNotLocal, ILogger logger, CancellationToken cancellationToken)
    {
        var container = await ContainerEngine.FindAsync(engine.Settings.ContainerProgram, cancellationToken).ConfigureAwait(false) ?? throw Missing(resource, whyNotLocal);
        var variables = Path.Combine(engine.Space.RunDirectory, $"{instance.Id}.env");
        WriteVariables(variables, resource, launch.Environment);
        var name = $"{engine.Space.Name}-{instance.Id}";
        var guard = Guard(container, name);
        Log.Note(logger, $"Starting the image {ImageOf(resource)} with {container.Program}{(whyNotLocal is null ? "" : $": {whyNotLocal}")}");
        return new ProgramStart(container.Program, [.. ArgumentsOf(engine, resource, instance, launch, name, variables)], "/")
        {
            Environment = new Launch(new Dictionary<string, string>(), []).WholeEnvironment(),
            // The program passes signals on to the container, and --rm removes what has ended; only a KILL leaves it behind.
            StopSignal = resource.TryGetLastAnnotation<LocalProgram>(out var local) ? local.ContainerStopSignal : "TERM",
            FarewellSignal = "TERM",
            Ended = async () =>
            {
                await RemoveAsync(container, name).ConfigureAwait(false);
                Release(guard);
            },
        };
    }

    public static string ImageOf(IResource resource) => resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image)
        ? $"{(image.Registry is { Length: > 0 } registry ? registry + "/" : "")}{image.Image}{(image.SHA256 is { } hash ? $"@sha256:{hash}" : $":{image.Tag}")}"
        : throw new DistributedApplicationException($"'{resource.Name}' is a container without an image: name it with WithImage.");

    private static IEnumerable<string> ArgumentsOf(LocalEngine engine, ContainerResource resource, Instance instance, Launch launch, string name, string variables)
    {
        foreach (var word in (string[])["run", "--rm", "--init", "--name", name, "--env-file", variables, "--add-host", $"{HostName}:host-gateway", "--label", $"aspire.apphost={engine.Space.Identity}"])
            yield return word;
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            yield return "--publish";
            yield return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{instance.Ports[endpoint.Name]}:{endpoint.TargetPort ?? instance.Ports[endpoint.Name]}/{endpoint.Protocol.ToString().ToLowerInvariant()}");
        }

        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            yield return "--mount";
            yield return (mount.Type == ContainerMountType.Volume ? "type=volume" : "type=bind") + (mount.Source is null ? "" : $",source={mount.Source}") + $",target={mount.Target}" + (mount.IsReadOnly ? ",readonly" : "");
        }

        if (resource.Entrypoint is { } entrypoint)
        {
            yield return "--entrypoint";
            yield return entrypoint;
        }

        yield return ImageOf(resource);
        foreach (var argument in launch.Arguments)
            yield return argument;
    }

    // Through a file that only its owner can read: arguments would show secrets to everyone who lists processes.
    private static void WriteVariables(string path, IResource resource, IReadOnlyDictionary<string, string> environment)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (value.AsSpan().ContainsAny('\r', '\n'))
                throw new DistributedApplicationException($"The environment variable '{name}' of the container '{resource.Name}' has several lines: a container's environment cannot hold that.");
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(new FileStream(path, options));
        writer.Write(text);
    }

    private static Process Guard(ContainerEngine container, string name) => Leash.StartShell(GuardScript, [container.Program, "rm", "--force", name]);

    private static void Release(Process guard)
    {
        try
        {
            guard.StandardInput.WriteLine("done");
            guard.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }

        guard.Dispose();
    }

    // Killed after its grace, the program leaves its container running.
    private static async Task RemoveAsync(ContainerEngine container, string name)
    {
        using var remove = Process.Start(new ProcessStartInfo(container.Program, ["rm", "--force", name]) { RedirectStandardOutput = true, RedirectStandardError = true });
        if (remove is not null)
            await remove.WaitForExitAsync().ConfigureAwait(false);
    }

    private static DistributedApplicationException Missing(ContainerResource resource, string? whyNotLocal) => new(whyNotLocal is null
        ? $"'{resource.Name}' is a container (image {ImageOf(resource)}), and neither Docker nor Podman answers. Two ways out: install and start one of them ('docker info' must work), or run the program yourself and add it with AddExecutable."
        : $"{whyNotLocal}, and neither Docker nor Podman answers to run the image {ImageOf(resource)} instead. Two ways out: {resource.Annotations.OfType<LocalProgram>().Last().HowToInstall}, or install and start Docker or Podman ('docker info' must work).");
}
