using System.Diagnostics;
using HotShelf.TestServers;

namespace HotShelf.ServiceDefaults.Tests;

/// <summary>A fact that needs Prometheus' own checker; without it it is skipped saying why, and with <c>CI=true</c> it fails.</summary>
public sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute() => Skip = Promtool.Program is null && !Programs.IsCI ? "promtool is not installed: install the package prometheus" : null;
}

internal static class Promtool
{
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);

    /// <summary>Runs <c>promtool check metrics</c>; a scrape that cannot be parsed fails the test, remarks on style are returned.</summary>
    public static async Task<string> CheckMetricsAsync(string text)
    {
        Assert.True(Program is not null, "promtool is not installed: install the package prometheus");
        using var process = Process.Start(new ProcessStartInfo(Program, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var remarks = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        // 0: clean; 3: remarks on style; 1: it cannot be parsed.
        Assert.True(process.ExitCode is 0 or 3, remarks);
        return remarks;
    }
}
