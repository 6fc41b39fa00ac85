using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Otlp.Protocol;

namespace HotShelf.CacheConsole.Telemetry.Otlp;

/// <summary>Spans from the protocol; one without ids or start belongs nowhere and is rejected.</summary>
internal sealed class SpanReader(FieldReader fields, SourceReader sources)
{
    public List<Span> Read(ExportTraceServiceRequest request, Rejections rejections)
    {
        var spans = new List<Span>();
        foreach (var resource in request.ResourceSpans)
        {
            var source = sources.Read(resource.Resource);
            foreach (var scope in resource.ScopeSpans)
            {
                var name = fields.Name(scope.Scope?.Name ?? "");
                foreach (var record in scope.Spans)
                {
                    if (Read(record, source, name) is { } span)
                        spans.Add(span);
                    else
                        rejections.Add("a span needs a trace id of 16 bytes, a span id of 8 bytes, neither all zero, and a start");
                }
            }
        }

        return spans;
    }

    private Span? Read(SpanRecord record, Source source, string scope)
    {
        if (FieldReader.Id(record.TraceId, 16) is not { } traceId || FieldReader.Id(record.SpanId, 8) is not { } spanId || FieldReader.Time(record.StartTimeUnixNano) is not { } start)
            return null;
        var end = FieldReader.Time(record.EndTimeUnixNano) ?? start;
        return new Span(source, traceId, spanId, FieldReader.Id(record.ParentSpanId, 8), fields.Name(record.Name), KindOf(record.Kind), scope, start, end > start ? end - start : TimeSpan.Zero,
            StatusOf(record.Status), record.Status is { Message.Length: > 0 } status ? fields.Name(status.Message) : null, fields.Fields(record.Attributes),
            [.. record.Events.Select(e => new SpanEvent(FieldReader.Time(e.TimeUnixNano) ?? start, fields.Name(e.Name), fields.Fields(e.Attributes)))],
            [.. record.Links.Select(LinkOf).OfType<SpanLink>()]);
    }

    private SpanLink? LinkOf(SpanRecord.Types.Link link) =>
        FieldReader.Id(link.TraceId, 16) is { } traceId && FieldReader.Id(link.SpanId, 8) is { } spanId ? new SpanLink(traceId, spanId, fields.Fields(link.Attributes)) : null;

    private static SpanKind KindOf(int kind) => kind is >= 0 and <= (int)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified;

    private static SpanStatus StatusOf(SpanRecord.Types.Status? status) => status?.Code is >= 0 and <= (int)SpanStatus.Error ? (SpanStatus)status.Code : SpanStatus.Unset;
}
