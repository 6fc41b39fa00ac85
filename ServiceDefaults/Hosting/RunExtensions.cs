using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Runs a process to its end.</summary>
public static class RunExtensions
{
    /// <summary>Runs the application until it is told to stop, also when that is before it has started. The result is the process' exit code.</summary>
    /// <param name="host">The application.</param>
    public static int RunToExitCode(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            host.Run();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // So the host ends its start. That it was told to stop is no defect.
        }

        return Environment.ExitCode;
    }
}
