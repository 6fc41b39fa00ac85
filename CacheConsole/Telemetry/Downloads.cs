using System.Globalization;
using System.Text.Json;
using HotShelf.CacheConsole.Components.Pages.Observe;
using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HotShelf.CacheConsole.Telemetry;

/// <summary>What the pages show, as files: consoles as text, log records and traces as JSON. For whoever is signed in, as the pages.</summary>
internal static class Downloads
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

    public static void MapDownloads(this WebApplication app)
    {
        var downloads = app.MapGroup("/download");
        downloads.MapGet("/console/{name?}", Console);
        downloads.MapGet("/logs", Logs);
        downloads.MapGet("/traces/{id}", Trace);
    }

    private static PushStreamHttpResult Console(string? name, ConsoleStore store, HttpContext http)
    {
        var lines = store.Snapshot(name);
        return Text(http, $"{name ?? "console"}.log", "text/plain", lines.Select(line =>
            string.Create(CultureInfo.InvariantCulture, $"{line.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {line.Instance} {line.Plain}")));
    }

    private static PushStreamHttpResult Logs(string? source, string? level, string? q, string[]? f, string? trace, string? span, LogStore store, HttpContext http)
    {
        var query = LogsPage.Query(source, level, q, f, trace, span);
        return Text(http, "logs.jsonl", "application/jsonl", store.Snapshot().Where(query.Matches).Select(static entry => JsonSerializer.Serialize(Of(entry), s_json)));
    }

    private static IResult Trace(string id, TraceStore store, LogStore logs, HttpContext http)
    {
        if (store.Find(id) is not { } trace)
            return TypedResults.NotFound();
        Name(http, $"trace-{id}.json");
        return TypedResults.Json(new
        {
            traceId = trace.Id,
            droppedSpans = trace.Dropped,
            spans = trace.Spans.Select(static span => new
            {
                span.SpanId,
                span.ParentId,
                span.Name,
                span.Kind,
                resource = span.Source.Id,
                source = span.Scope,
                span.Start,
                durationMs = span.Duration.TotalMilliseconds,
                span.Status,
                span.StatusMessage,
                attributes = Of(span.Fields),
                events = span.Events.Select(static e => new { e.Time, e.Name, attributes = Of(e.Fields) }),
                links = span.Links.Select(static l => new { l.TraceId, l.SpanId }),
            }),
            logs = logs.Snapshot().Where(entry => entry.TraceId == id).Select(Of),
        }, s_json);
    }

    private static object Of(LogEntry entry) => new
    {
        entry.Time,
        level = entry.Severity,
        resource = entry.Source.Id,
        entry.Category,
        entry.Message,
        entry.TraceId,
        entry.SpanId,
        attributes = Of(entry.Fields),
    };

    // A name that comes twice is the exporter's fault and must not fail the download.
    private static Dictionary<string, string> Of(Field[] fields) => fields.DistinctBy(static f => f.Name).ToDictionary(static f => f.Name, static f => f.Value);

    private static PushStreamHttpResult Text(HttpContext http, string name, string type, IEnumerable<string> lines)
    {
        Name(http, name);
        return TypedResults.Stream(async stream =>
        {
            await using var writer = new StreamWriter(stream);
            foreach (var line in lines)
                await writer.WriteLineAsync(line);
        }, $"{type}; charset=utf-8");
    }

    private static void Name(HttpContext http, string name)
    {
        var disposition = new System.Net.Mime.ContentDisposition { FileName = string.Concat(name.Where(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')) };
        http.Response.Headers.ContentDisposition = disposition.ToString();
    }
}
