using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>What a span has to do with, as far as its attributes tell.</summary>
public enum SpanType
{
    Http,
    Database,
    Messaging,
    Rpc,
    Cache,
    Other,
}

/// <summary>By the semantic conventions, the older names among them.</summary>
internal static class SpanTypes
{
    private const int MostSummary = 90;

    public static SpanType Of(Span span)
    {
        if (span.Name.StartsWith("cache.", StringComparison.Ordinal))
            return SpanType.Cache;
        foreach (var field in span.Fields)
        {
            switch (field.Name)
            {
                case "http.request.method" or "http.method":
                    return SpanType.Http;
                case "db.system.name" or "db.system":
                    return field.Value is "redis" ? SpanType.Cache : SpanType.Database;
                case "messaging.system":
                    return SpanType.Messaging;
                case "rpc.system":
                    return SpanType.Rpc;
            }
        }

        return SpanType.Other;
    }

    /// <summary>What its name leaves open: the statement of a database, the address of a call. Null when nothing says more.</summary>
    public static string? Summary(Span span)
    {
        var text = span.Fields.ValueOf("db.query.summary") ?? span.Fields.ValueOf("db.query.text") ?? span.Fields.ValueOf("db.statement")
            ?? (span.Kind == SpanKind.Client ? span.Fields.ValueOf("url.full") : span.Fields.ValueOf("url.path"));
        if (string.IsNullOrWhiteSpace(text))
            return null;
        // Statements stand on many lines.
        var line = string.Join(' ', text.Split((char[]?)null, 40, StringSplitOptions.RemoveEmptyEntries).Take(24));
        return line.Length > MostSummary ? $"{line[..MostSummary]}…" : line;
    }

    /// <summary>
    /// A short word for whom a client's span calls: the database, the queue, the host. Null for what calls nobody.
    /// </summary>
    public static string? Target(Span span) => span.Kind is SpanKind.Client or SpanKind.Producer
        ? span.Fields.ValueOf("peer.service") ?? span.Fields.ValueOf("db.system.name") ?? span.Fields.ValueOf("db.system") ?? span.Fields.ValueOf("messaging.system")
            ?? (span.Fields.ValueOf("server.address") is { } host ? $"{host}{(span.Fields.ValueOf("server.port") is { } port ? $":{port}" : "")}" : null)
        : null;
}
