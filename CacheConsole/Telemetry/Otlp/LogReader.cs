using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Log records from the protocol. There is no invalid one: what is missing is shown as missing.</summary>
internal sealed class LogReader(FieldReader fields, SourceReader sources, TimeProvider timeProvider)
{
    private const string TemplateField = "{OriginalFormat}";

    public List<LogEntry> Read(ExportLogsServiceRequest request)
    {
        var now = timeProvider.GetUtcNow();
        var entries = new List<LogEntry>();
        foreach (var resource in request.ResourceLogs)
        {
            var source = sources.Read(resource.Resource);
            foreach (var scope in resource.ScopeLogs)
            {
                var category = fields.Name(scope.Scope?.Name ?? "");
                foreach (var record in scope.LogRecords)
                    entries.Add(Read(record, source, category, now));
            }
        }

        return entries;
    }

    private LogEntry Read(LogRecord record, Source source, string category, DateTimeOffset now)
    {
        var attributes = fields.Fields(record.Attributes);
        if (record.EventName.Length > 0)
            attributes = [new Field("event.name", fields.Name(record.EventName)), .. attributes];
        var message = fields.Text(record.Body);
        if (message.Length == 0)
            message = attributes.ValueOf(TemplateField) ?? attributes.ValueOf("event.name") ?? "";
        return new LogEntry(source, FieldReader.Time(record.TimeUnixNano) ?? FieldReader.Time(record.ObservedTimeUnixNano) ?? now, SeverityOf(record), category, message,
            FieldReader.Id(record.TraceId, 16), FieldReader.Id(record.SpanId, 8), attributes);
    }

    // Four numbers for each: 1 to 4 are Trace, 5 to 8 Debug and so on. Without one, the level's name may tell.
    private static LogSeverity SeverityOf(LogRecord record) => record.SeverityNumber switch
    {
        >= 1 and <= 24 => (LogSeverity)((record.SeverityNumber - 1) / 4),
        _ => record.SeverityText.ToUpperInvariant() switch
        {
            "TRACE" => LogSeverity.Trace,
            "DEBUG" => LogSeverity.Debug,
            "WARN" or "WARNING" => LogSeverity.Warning,
            "ERROR" => LogSeverity.Error,
            "FATAL" or "CRITICAL" => LogSeverity.Critical,
            _ => LogSeverity.Information,
        },
    };
}
