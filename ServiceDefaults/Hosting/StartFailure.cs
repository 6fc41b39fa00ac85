using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HotShelf.ServiceDefaults.Hosting;

/// <summary>
/// Why a process cannot start, where that is no defect of its own: a wrong setting, or a port that is in use. One line that says what to do and
/// exit code 1, instead of an abort with stack traces.
/// </summary>
public sealed class StartFailure
{
    private readonly string _explanation;

    private StartFailure(string explanation) => _explanation = explanation;

    /// <summary>What can be explained about <paramref name="exception"/>, thrown while the application was built or run; null for everything else, which is a defect and wants its stack trace.</summary>
    public static StartFailure? From(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            OptionsValidationException wrong => new(string.Join(Environment.NewLine, wrong.Failures)),
            AggregateException { InnerExceptions.Count: > 0 } several when several.InnerExceptions.All(static inner => From(inner) is not null) =>
                new(string.Join(Environment.NewLine, several.InnerExceptions.Select(static inner => From(inner)!._explanation))),
            // "Failed to convert configuration value at 'ServiceDefaults:DrainDelay' to type 'System.TimeSpan'."
            InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } unreadable => new(unreadable.Message),
            // The same from a binder that the compiler wrote, which is part of the program.
            InvalidOperationException unreadable when unreadable.Message.StartsWith("Failed to convert configuration value ", StringComparison.Ordinal) => new(unreadable.Message),
            IOException { InnerException: AddressInUseException } taken =>
                new($"{taken.Message} Stop the process that listens there, or choose another address with --urls or ASPNETCORE_URLS."),
            _ => null,
        };
    }

    /// <summary>Says so on standard error, since the host and its loggers are gone; the result is the process' exit code.</summary>
    public int Report()
    {
        Console.Error.WriteLine($"{AppDomain.CurrentDomain.FriendlyName} cannot start. {_explanation}");
        return 1;
    }

    /// <summary>
    /// The host logs a failed start with its stack trace and then throws the same: who catches it says what is to be done. That is an error, and a filter
    /// sees no more of it than that; a service that fails in the background stops the host with a critical message, which alone says why.
    /// </summary>
    internal static void LeaveOutOfLogs(IHostApplicationBuilder builder)
    {
        var started = false;
        builder.Services.AddOptions<HostOptions>().Configure<IHostApplicationLifetime>((_, lifetime) => lifetime.ApplicationStarted.Register(() => Volatile.Write(ref started, true)));
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= (Volatile.Read(ref started) ? LogLevel.Warning : LogLevel.Critical));
    }
}
