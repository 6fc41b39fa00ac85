using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace HotShelf.ServiceDefaults.Logging;

/// <summary>One line for a person: <c>02:03:04.567 info ProductApi.Products: message [trace 4bf92f35...]</c>.</summary>
internal sealed class ReadableFormatter(TimeProvider timeProvider) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "readable";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(timeProvider.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture));
        textWriter.Write(Level(logEntry.LogLevel));
        textWriter.Write(logEntry.Category);
        textWriter.Write(": ");
        textWriter.Write(message);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            textWriter.Write(" [trace ");
            textWriter.Write(activity.TraceId.ToHexString());
            textWriter.Write(']');
        }

        textWriter.WriteLine();
        if (logEntry.Exception is { } exception)
            textWriter.WriteLine(exception.ToString());
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => " trce ",
        LogLevel.Debug => " dbug ",
        LogLevel.Information => " info ",
        LogLevel.Warning => " warn ",
        LogLevel.Error => " fail ",
        _ => " crit ",
    };
}
