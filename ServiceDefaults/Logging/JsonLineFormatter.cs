using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace HotShelf.ServiceDefaults.Logging;

/// <summary>
/// One JSON object a line: <c>{"time":...,"level":"Information","category":...,"eventId":9000,"event":"RequestFinished","message":...,"traceId":...,"spanId":...,"state":{...}}</c>.
/// Scopes stay out: the server's own scope holds the path, and with it keys and user ids.
/// </summary>
internal sealed class JsonLineFormatter(TimeProvider timeProvider) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-line";

    // Logs go to a collector, never into a page: only what JSON itself demands is escaped.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time", timeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", logEntry.LogLevel.ToString());
            json.WriteString("category", logEntry.Category);
            json.WriteNumber("eventId", logEntry.EventId.Id);
            if (logEntry.EventId.Name is { } name)
                json.WriteString("event", name);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            {
                json.WriteString("traceId", activity.TraceId.ToHexString());
                json.WriteString("spanId", activity.SpanId.ToHexString());
            }

            if (logEntry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            if (logEntry.State is IReadOnlyCollection<KeyValuePair<string, object?>> state)
                WriteState(json, state);
            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteState(Utf8JsonWriter json, IReadOnlyCollection<KeyValuePair<string, object?>> state)
    {
        json.WriteStartObject("state");
        foreach (var (name, value) in state)
        {
            switch (value)
            {
                // The template is the message without its values: the event id says which one it is.
                case var _ when name == "{OriginalFormat}": break;
                case null: json.WriteNull(name); break;
                case bool flag: json.WriteBoolean(name, flag); break;
                case int number: json.WriteNumber(name, number); break;
                case long number: json.WriteNumber(name, number); break;
                case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
                case IFormattable formattable: json.WriteString(name, formattable.ToString(null, CultureInfo.InvariantCulture)); break;
                default: json.WriteString(name, value.ToString()); break;
            }
        }

        json.WriteEndObject();
    }
}
