using HotShelf.CacheConsole.Telemetry.Model;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>Which traces are shown.</summary>
/// <param name="Source">A service or instance that takes part; null: all.</param>
/// <param name="Kind">Of which type a span must be; null: all.</param>
/// <param name="ErrorsOnly">A span must have failed.</param>
/// <param name="Least">How long it must take at least.</param>
/// <param name="Text">Full text: names, scopes, attributes and events of its spans, its sources, and ids.</param>
/// <param name="Filters">Conditions on attributes; one span must fulfil all of them.</param>
internal sealed record TraceQuery(string? Source, SpanType? Kind, bool ErrorsOnly, TimeSpan Least, SearchText Text, FieldFilter[] Filters)
{
    public bool Matches(Trace trace) => (!ErrorsOnly || trace.Errors > 0)
        && trace.Duration >= Least
        && (Source is null || Array.Exists(trace.Spans, span => span.Source.Is(Source)))
        && (Kind is null || Array.Exists(trace.Spans, span => SpanTypes.Of(span) == Kind))
        && (Filters.Length == 0 || Array.Exists(trace.Spans, span => Array.TrueForAll(Filters, filter => filter.Name == "name" ? filter.Matches(span.Name) : filter.Matches(span.Fields))))
        && Text.Matches(trace, Contains);

    /// <summary>The newest ones first, and how many there are in all.</summary>
    public (Trace[] Newest, int Count) Run(Trace[] traces, int most)
    {
        var found = Array.FindAll(traces, Matches);
        // By start, and not in the order of arrival: exporters send in batches.
        Array.Sort(found, static (a, b) => b.Start.CompareTo(a.Start));
        return (found.Length > most ? found[..most] : found, found.Length);
    }

    private static bool Contains(Trace trace, string word) => trace.Id == word || Array.Exists(trace.Spans, span => Contains(span, word));

    private static bool Contains(Span span, string word) => Has(span.Name, word) || Has(span.Scope, word) || Has(span.Source.Id, word) || span.SpanId == word
        || (span.StatusMessage is { } message && Has(message, word)) || Has(span.Fields, word) || Array.Exists(span.Events, e => Has(e.Name, word) || Has(e.Fields, word));

    private static bool Has(Field[] fields, string word) => Array.Exists(fields, field => Has(field.Value, word) || Has(field.Name, word));

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
