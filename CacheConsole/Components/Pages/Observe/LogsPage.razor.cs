using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>What is shown stands in the address, so that it can be sent to somebody.</summary>
public sealed partial class LogsPage
{
    private const int Page = 100;

    private LogQuery _query = new(null, LogSeverity.Trace, SearchText.Empty, []);
    private IReadOnlyList<Source> _sources = [];
    private IReadOnlyList<LogEntry> _shown = [];
    private IReadOnlyList<string> _words = [];
    private StoreUse _use = new(0, 0, 0, 0, 0);
    private LogEntry? _selected;
    private int _count;
    private int _most = Page;

    [SupplyParameterFromQuery(Name = "source")]
    public string? Source { get; set; }

    [SupplyParameterFromQuery(Name = "level")]
    public string? Level { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "f")]
    public string[]? Filters { get; set; }

    [SupplyParameterFromQuery(Name = "trace")]
    public string? TraceId { get; set; }

    [SupplyParameterFromQuery(Name = "span")]
    public string? SpanId { get; set; }

    /// <summary>The number of the record that is shown whole.</summary>
    [SupplyParameterFromQuery(Name = "entry")]
    public long? Entry { get; set; }

    protected override long Version => Logs.Version;

    [Inject]
    private LogStore Logs { get; set; } = null!;

    [Inject]
    private SourceTable Sources { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    private string DownloadLink => $"download/logs{Navigator.ToAbsoluteUri(Navigator.Uri).Query}";

    protected override void Compute()
    {
        _query = Query(Source, Level, Text, Filters, TraceId, SpanId);
        _words = [.. _query.Text.Marked];
        _sources = Sources.Snapshot();
        _use = Logs.Use;
        var entries = Logs.Snapshot();
        (_shown, _count) = _query.Run(entries, _most);
        // It stays open when newer ones have pushed it out of the list, and out of the store.
        _selected = Entry is null ? null : _selected?.Number == Entry ? _selected : Array.Find(entries, entry => entry.Number == Entry);
    }

    internal static LogQuery Query(string? source, string? level, string? text, string[]? filters, string? traceId, string? spanId) => new(
        source is { Length: > 0 } ? source : null, Enum.TryParse<LogSeverity>(level, ignoreCase: true, out var least) && Enum.IsDefined(least) ? least : LogSeverity.Trace,
        SearchText.Parse(text), FieldFilter.ParseAll(filters), traceId is { Length: > 0 } ? traceId : null, spanId is { Length: > 0 } ? spanId : null);

    private void Set(params (string Parameter, string? Value)[] changes)
    {
        var values = changes.ToDictionary(static c => NameOf(c.Parameter), static object? (c) => c.Value is { Length: > 0 } value ? value : null);
        _most = Page;
        Navigator.NavigateTo(Navigator.GetUriWithQueryParameters(values), replace: true);
    }

    private void SetFilters(FieldFilter[] filters) =>
        Navigator.NavigateTo(Navigator.GetUriWithQueryParameters(new Dictionary<string, object?> { ["f"] = filters.Select(static f => f.ToString()).ToArray() }));

    private void Reset() => Navigator.NavigateTo("logs");

    private string EntryLink(long? number) => Navigator.GetUriWithQueryParameter("entry", number);

    private void ShowMore()
    {
        _most += Page;
        Look();
    }

    private static string NameOf(string parameter) =>
        parameter switch { nameof(Source) => "source", nameof(Level) => "level", nameof(Text) => "q", nameof(TraceId) => "trace", _ => "span" };

    private static string FirstLine(LogEntry entry)
    {
        var line = entry.Message.AsSpan();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return line.Length > 400 ? $"{line[..400]}…" : line.ToString();
    }
}
