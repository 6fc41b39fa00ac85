using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace HotShelf.ServiceDefaults.Logging;

/// <summary>JSON lines in production, short lines in development, both with trace and span ids.</summary>
internal static class LoggingRegistration
{
    // Chatty at Information, and their messages hold paths or SQL; the request log and the traces say the same without.
    private static readonly string[] s_quiet = ["Microsoft.AspNetCore", "System.Net.Http.HttpClient", "Npgsql", "Polly", "StackExchange.Redis"];

    public static void AddDefaultLogging(this IHostApplicationBuilder builder, ServiceDefaultsOptions options)
    {
        builder.Logging.AddConsole();
        // Not AddConsoleFormatter, which binds options by reflection: these two have none.
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ConsoleFormatter, JsonLineFormatter>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ConsoleFormatter, ReadableFormatter>());
        foreach (var category in s_quiet)
        {
            if (builder.Configuration[$"Logging:LogLevel:{category}"] is null)
                builder.Logging.AddFilter(category, LogLevel.Warning);
        }

        // RequestLog has the exception in its line.
        if (options.RequestLog)
            builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.None);
        // It repeats itself with every probe; HealthReports logs what changed.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        var formatter = builder.Environment.IsDevelopment() ? ReadableFormatter.FormatterName : JsonLineFormatter.FormatterName;
        builder.Services.PostConfigure<ConsoleLoggerOptions>(console =>
        {
            // An orchestrator names "simple" or "json" for whatever it starts; these two are what ours stand for.
            if (console.FormatterName is null or "" or ConsoleFormatterNames.Simple or ConsoleFormatterNames.Json)
                console.FormatterName = console.FormatterName == ConsoleFormatterNames.Json ? JsonLineFormatter.FormatterName : formatter;
            // A console whose output is not read must not stop requests: lines are dropped, and the logger says how many.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            console.MaxQueueLength = 10_000;
        });
    }
}
