using System.Diagnostics;

namespace Aspire.Hosting.Local;

/// <summary>Docker or Podman, whichever is here and answers.</summary>
internal sealed class ContainerEngine
{
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(10);

    private ContainerEngine(string program) => Program = program;

    /// <summary>The path of the command-line program.</summary>
    public string Program { get; }

    /// <summary>The first that answers, or only the chosen one; null when none does. Asked at every start: a person may start Docker meanwhile.</summary>
    public static async Task<ContainerEngine?> FindAsync(string? chosen, CancellationToken cancellationToken)
    {
        foreach (var name in chosen is null ? (string[])["docker", "podman"] : [chosen])
        {
            if (Programs.Find(name) is { } program && await AnswersAsync(program, cancellationToken).ConfigureAwait(false))
                return new ContainerEngine(program);
        }

        return null;
    }

    // A command-line program without its service fails here, or hangs.
    private static async Task<bool> AnswersAsync(string program, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_answerLimit);
        using var process = Process.Start(new ProcessStartInfo(program, ["info", "--format", "{{.ID}}"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        if (process is null)
            return false;
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.StandardError.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return process.ExitCode == 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            return false;
        }
    }
}
