using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>One structured log record.</summary>
public sealed record LogEntry(Source Source, DateTimeOffset Time, LogSeverity Severity, string Category, string Message, string? TraceId, string? SpanId, Field[] Fields) : IMeasured
{
    /// <summary>Counts up with every record that is kept; the store gives it.</summary>
    public long Number { get; set; }

    public int Bytes { get; } = Measure.Object + Measure.Of(Message) + Measure.Of(TraceId) + Measure.Of(SpanId) + Measure.Of(Fields);

    /// <summary>The stack trace or, without one, the message of the exception that came with it.</summary>
    public string? Exception => Fields.ValueOf("exception.stacktrace") ?? Fields.ValueOf("exception.message");
}

/// <summary>How grave; the numbers of OpenTelemetry stand in fours.</summary>
public enum LogSeverity
{
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
}
