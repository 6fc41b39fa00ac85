using Microsoft.AspNetCore.Connections;

namespace HotShelf.ProductApi.Hosting;

/// <summary>A port that somebody else has is no defect of ours: one line that says so and exit code 1, instead of an abort with stack traces.</summary>
internal static class StartFailures
{
    public static void AddStartFailures(this WebApplicationBuilder builder)
    {
        var started = false;
        builder.Services.AddOptions<HostOptions>().Configure<IHostApplicationLifetime>((_, lifetime) => lifetime.ApplicationStarted.Register(() => started = true));
        // The host logs a failed start with its stack trace and then throws the same: who catches it says what is to be done.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Warning && Volatile.Read(ref started));
    }

    /// <summary>Runs until told to stop; the result is the process' exit code.</summary>
    public static int RunOrExplain(this WebApplication app)
    {
        try
        {
            app.Run();
            return Environment.ExitCode;
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            // The host and its loggers are gone by now.
            Console.Error.WriteLine($"ProductApi cannot start. {exception.Message} Stop the process that listens there, or choose another address with --urls or ASPNETCORE_URLS.");
            return 1;
        }
    }
}
