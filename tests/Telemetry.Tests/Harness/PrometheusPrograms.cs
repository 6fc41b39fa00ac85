using System.Diagnostics;
using HotShelf.TestServers;

namespace HotShelf.Telemetry.Tests.Harness;

/// <summary>A fact that needs Prometheus; without it it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute() => Skip = PrometheusPrograms.Missing;
}

/// <summary>A fact that needs Prometheus, Redis and Postgres; without them it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute() => Skip = PrometheusPrograms.Missing ?? RunningSystem.Missing;
}

internal static class PrometheusPrograms
{
    public static string? Missing => (Find("prometheus") is null || Find("promtool") is null) && !Programs.IsCI ? "Prometheus is not installed: install the package prometheus" : null;

    public static string Program(string name) => Find(name) ?? throw new InvalidOperationException($"{name} is not installed, and CI=true does not allow to skip: install the package prometheus");

    /// <summary>Runs promtool; gives its exit code and all it said.</summary>
    public static async Task<(int ExitCode, string Output)> PromtoolAsync(string? input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program("promtool"), arguments)
        {
            WorkingDirectory = Repository.Folder("deploy/prometheus"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
