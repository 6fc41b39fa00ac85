using HotShelf.CacheConsole.Telemetry.Model;

namespace HotShelf.CacheConsole.Telemetry.Queries;

/// <summary>Which log records are shown.</summary>
/// <param name="Source">A service or instance; null: all.</param>
/// <param name="Least">This level and graver ones.</param>
/// <param name="Text">Full text: message, category, attributes and their names, source, and ids.</param>
/// <param name="Filters">Conditions on attributes.</param>
/// <param name="TraceId">Only of this trace.</param>
/// <param name="SpanId">Only of this span.</param>
internal sealed record LogQuery(string? Source, LogSeverity Least, SearchText Text, FieldFilter[] Filters, string? TraceId = null, string? SpanId = null)
{
    public bool Matches(LogEntry entry) => entry.Severity >= Least
        && (TraceId is null || entry.TraceId == TraceId)
        && (SpanId is null || entry.SpanId == SpanId)
        && entry.Source.Is(Source)
        && Array.TrueForAll(Filters, filter => filter.Name == "category" ? filter.Matches(entry.Category) : filter.Matches(entry.Fields))
        && Text.Matches(entry, Contains);

    /// <summary>The newest ones first, and how many there are in all.</summary>
    public (LogEntry[] Newest, int Count) Run(LogEntry[] entries, int most)
    {
        var newest = new List<LogEntry>(most);
        var count = 0;
        for (var i = entries.Length - 1; i >= 0; i--)
        {
            if (!Matches(entries[i]))
                continue;
            count++;
            if (newest.Count < most)
                newest.Add(entries[i]);
        }

        return ([.. newest], count);
    }

    private static bool Contains(LogEntry entry, string word) => Has(entry.Message, word) || Has(entry.Category, word) || Has(entry.Source.Id, word)
        || Array.Exists(entry.Fields, field => Has(field.Value, word) || Has(field.Name, word)) || entry.TraceId == word || entry.SpanId == word;

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
