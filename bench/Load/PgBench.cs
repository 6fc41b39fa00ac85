using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using HotShelf.TestServers;

namespace HotShelf.Load;

/// <summary>pgbench, which comes with PostgreSQL: its clients take less of the machine than ours would.</summary>
internal static partial class PgBench
{
    /// <summary>Runs a script of SQL by so many clients, in statements that are prepared, and returns how often a second all of them together have run it.</summary>
    public static async Task<double> MeasureAsync(PostgresServer server, int clients, TimeSpan time, string script)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script);
            using var process = Process.Start(new ProcessStartInfo(
                Path.Combine(Programs.PostgresBin!, "pgbench"),
                ["-h", "127.0.0.1", "-p", $"{server.Port}", "-U", "postgres", "-n", "-M", "prepared", "-c", $"{clients}", "-j", $"{Environment.ProcessorCount}", "-T", $"{(int)time.TotalSeconds}", "-f", file, "postgres"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return PerSecond().Match(texts[0]) is { Success: true } found
                ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)
                : throw new InvalidOperationException($"pgbench ended with {process.ExitCode}: {string.Concat(texts)}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex PerSecond();
}
