using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>Writes a report: <c>{"status":"Degraded","durationMs":3.1,"checks":{"StackExchange.Redis":{"status":"Degraded","durationMs":3,...}}}</c>.</summary>
internal static class HealthJson
{
    public static void Write(Utf8JsonWriter json, HealthReport report, HealthStatus status, string? notReady, bool details)
    {
        json.WriteStartObject();
        json.WriteString("status", status.ToString());
        if (notReady is not null)
            json.WriteString("notReadyBecause", notReady);
        if (details)
        {
            json.WriteNumber("durationMs", Milliseconds(report.TotalDuration));
            json.WriteStartObject("checks");
            foreach (var (name, entry) in report.Entries)
                WriteEntry(json, name, entry);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, HealthReportEntry entry)
    {
        json.WriteStartObject(name);
        json.WriteString("status", entry.Status.ToString());
        json.WriteNumber("durationMs", Milliseconds(entry.Duration));
        if (entry.Description is { Length: > 0 } description)
            json.WriteString("description", description);
        if (entry.Exception is { } exception)
            json.WriteString("error", $"{exception.GetType().Name}: {exception.Message}");
        if (entry.Data.Count > 0)
        {
            json.WriteStartObject("data");
            foreach (var (key, value) in entry.Data)
                WriteValue(json, key, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, string key, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(key); break;
            case bool flag: json.WriteBoolean(key, flag); break;
            case int or long or short or byte: json.WriteNumber(key, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumber(key, number); break;
            case IFormattable formattable: json.WriteString(key, formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture)); break;
            default: json.WriteString(key, value.ToString()); break;
        }
    }

    private static double Milliseconds(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 2);
}
