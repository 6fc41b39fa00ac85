using HotShelf.CacheConsole.Telemetry.Storage;

namespace HotShelf.CacheConsole.Telemetry.Model;

/// <summary>
/// The spans of one trace that have arrived so far, by their start. Never changed but replaced, so that a page reads it without a lock while more arrive.
/// </summary>
public sealed class Trace
{
    private Trace(string id, Span[] spans, int dropped)
    {
        Id = id;
        Spans = spans;
        Dropped = dropped;
        Root = spans.FirstOrDefault(span => span.ParentId is null) ?? spans[0];
        Start = spans[0].Start;
        End = spans.Max(span => span.End);
        Errors = spans.Count(span => span.IsError);
        Services = [.. spans.Select(span => span.Source.Service).Distinct(StringComparer.Ordinal)];
        Bytes = Measure.Object + Measure.Of(id) + spans.Sum(span => span.Bytes);
    }

    public string Id { get; }

    public Span[] Spans { get; }

    /// <summary>Spans that were left out, because the trace had as many as are kept of one.</summary>
    public int Dropped { get; }

    /// <summary>The span without a parent; while that one has not arrived, the earliest.</summary>
    public Span Root { get; }

    public bool HasRoot => Root.ParentId is null;

    public DateTimeOffset Start { get; }

    public DateTimeOffset End { get; }

    public TimeSpan Duration => End - Start;

    public int Errors { get; }

    /// <summary>In the order in which they take part.</summary>
    public string[] Services { get; }

    public int Bytes { get; }

    /// <summary>The trace with further spans, of which at most so many are kept in all.</summary>
    public static Trace Of(Trace? before, string id, List<Span> added, int maximumSpans)
    {
        // An exporter that did not hear our answer sends its batch again: a span that is here already is not counted twice.
        Span[] spans = [.. (before?.Spans ?? []).Concat(added).DistinctBy(static span => span.SpanId, StringComparer.Ordinal)];
        var dropped = Math.Max(0, spans.Length - maximumSpans);
        Array.Resize(ref spans, spans.Length - dropped);
        Array.Sort(spans, static (a, b) => a.Start.CompareTo(b.Start) is var order and not 0 ? order : string.CompareOrdinal(a.SpanId, b.SpanId));
        return new Trace(id, spans, (before?.Dropped ?? 0) + dropped);
    }
}
