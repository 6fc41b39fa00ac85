using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HotShelf.ServiceDefaults.Health;

/// <summary>A report with details, in the form of HealthChecks UI, written without reflection (native AOT).</summary>
internal static class HealthDocument
{
    public static async Task WriteAsync(HttpResponse response, HealthReport report)
    {
        response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", $"{report.Status}");
        json.WriteString("totalDuration", $"{report.TotalDuration:c}");
        json.WriteStartObject("entries");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            Write(json, entry);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, HealthReportEntry entry)
    {
        json.WriteStartObject("data");
        foreach (var (name, value) in entry.Data)
            Write(json, name, value);
        json.WriteEndObject();
        if ((entry.Description ?? entry.Exception?.Message) is { } description)
            json.WriteString("description", description);
        json.WriteString("duration", $"{entry.Duration:c}");
        if (entry.Exception is { } exception)
            json.WriteString("exception", exception.Message);
        json.WriteString("status", $"{entry.Status}");
        json.WriteStartArray("tags");
        foreach (var tag in entry.Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
