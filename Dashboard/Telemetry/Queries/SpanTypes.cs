using HotShelf.Dashboard.Telemetry.Model;
using HotShelf.Dashboard.Telemetry.Storage;

namespace HotShelf.Dashboard.Telemetry.Queries;

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

    /// <summary>
    /// A short word for whom a client's span calls: the database, the queue, the host. Null for what calls nobody.
    /// </summary>
    public static string? Target(Span span) => span.Kind is SpanKind.Client or SpanKind.Producer
        ? span.Fields.ValueOf("peer.service") ?? span.Fields.ValueOf("db.system.name") ?? span.Fields.ValueOf("db.system") ?? span.Fields.ValueOf("messaging.system")
            ?? (span.Fields.ValueOf("server.address") is { } host ? $"{host}{(span.Fields.ValueOf("server.port") is { } port ? $":{port}" : "")}" : null)
        : null;
}
