using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Local;

/// <summary>Runs a project's built assembly directly: the AppHost's build has built it already.</summary>
internal static class ProjectPrograms
{
    private static readonly SemaphoreSlim s_build = new(1, 1);

    private static readonly string s_dotnet = FindDotnet();

    public static async Task<ProgramStart> PrepareAsync(LocalEngine engine, ProjectResource project, Launch launch, ILogger logger, CancellationToken cancellationToken)
    {
        var path = project.Annotations.OfType<IProjectMetadata>().Last().ProjectPath;
        var directory = Path.GetDirectoryName(path)!;
        var target = engine.Metadata.ProjectTargets.GetValueOrDefault(path);
        if (target is null || !File.Exists(target))
            target = await BuildAsync(path, logger, cancellationToken).ConfigureAwait(false);
        return new ProgramStart(s_dotnet, ["exec", target, .. launch.Arguments], directory) { Environment = launch.WholeEnvironment() };
    }

    // One build at a time: two replicas would write the same files.
    private static async Task<string> BuildAsync(string project, ILogger logger, CancellationToken cancellationToken)
    {
        await s_build.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (code, target) = await DotnetAsync(["msbuild", project, "-getProperty:TargetPath", "-nologo"], cancellationToken).ConfigureAwait(false);
            target = target.Trim();
            if (code == 0 && File.Exists(target))
                return target;
            Log.Note(logger, $"Building {project}");
            var (built, output) = await DotnetAsync(["build", project, "-nologo", "-v", "q"], cancellationToken).ConfigureAwait(false);
            return built == 0 && File.Exists(target) ? target
                : throw new DistributedApplicationException($"The project '{project}' does not build: run 'dotnet build {project}'.\n{string.Join('\n', output.Split('\n').TakeLast(15))}");
        }
        finally
        {
            s_build.Release();
        }
    }

    private static async Task<(int Code, string Output)> DotnetAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(s_dotnet, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return (process.ExitCode, output + await errors.ConfigureAwait(false));
    }

    private static string FindDotnet()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"),
            Path.GetFileName(Environment.ProcessPath) == name ? Environment.ProcessPath : null,
            Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name)),
        ];
        return candidates.FirstOrDefault(File.Exists) ?? name;
    }
}
