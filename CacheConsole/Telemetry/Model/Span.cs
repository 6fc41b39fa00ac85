using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>One operation within a trace.</summary>
public sealed record Span(Source Source, string TraceId, string SpanId, string? ParentId, string Name, SpanKind Kind, string Scope, DateTimeOffset Start, TimeSpan Duration, SpanStatus Status, string? StatusMessage,
    Field[] Fields, SpanEvent[] Events, SpanLink[] Links) : IMeasured
{
    public DateTimeOffset End => Start + Duration;

    public bool IsError => Status == SpanStatus.Error;

    public int Bytes { get; } = Measure.Object + Measure.Of(TraceId) + Measure.Of(SpanId) + Measure.Of(ParentId) + Measure.Of(StatusMessage) + Measure.Of(Fields)
        + Events.Sum(e => Measure.Object + Measure.Of(e.Fields)) + Links.Sum(l => Measure.Object + Measure.Of(l.TraceId) + Measure.Of(l.SpanId) + Measure.Of(l.Fields));
}

/// <summary>Something that happened at one moment of a span.</summary>
public sealed record SpanEvent(DateTimeOffset Time, string Name, Field[] Fields);

/// <summary>Another span that this one has to do with.</summary>
public sealed record SpanLink(string TraceId, string SpanId, Field[] Fields);

/// <summary>With the numbers of the protocol.</summary>
public enum SpanKind
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// <summary>With the numbers of the protocol.</summary>
public enum SpanStatus
{
    Unset,
    Ok,
    Error,
}
