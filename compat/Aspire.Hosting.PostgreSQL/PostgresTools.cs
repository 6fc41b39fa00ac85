using System.Diagnostics;

namespace Aspire.Hosting.Postgres;

/// <summary>Runs the small programs that come with the server.</summary>
internal static class PostgresTools
{
    public static string OutputOf(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    /// <summary>Runs a program as the server's user. Returns the exit code and all output.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string? user, string folder, string? input, string program, string[] arguments, CancellationToken cancellationToken)
    {
        string[] words = user is null ? [program, .. arguments] : ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--", program, .. arguments];
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        })!;
        using var kill = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        if (input is not null)
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return (process.ExitCode, output + await errors.ConfigureAwait(false));
    }
}
