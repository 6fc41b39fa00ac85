using HotShelf.CacheConsole.Components.Shared;
using HotShelf.CacheConsole.Components.Telemetry;
using HotShelf.CacheConsole.Resources;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>One box for everything; each kind leads to its own page with the same words.</summary>
public sealed partial class SearchPage
{
    private const int Most = 12;

    private SearchText _search = SearchText.Empty;
    private IReadOnlyList<string> _words = [];
    private IReadOnlyList<Hit> _names = [];
    private LogEntry[] _logs = [];
    private Trace[] _traces = [];
    private IReadOnlyList<ConsoleLine> _lines = [];
    private int _logCount;
    private int _traceCount;
    private int _lineCount;

    [SupplyParameterFromQuery(Name = "q")]
    public string? Text { get; set; }

    protected override long Version => Logs.Version + Traces.Version + Consoles.Version + Board.Version;

    protected override TimeSpan Interval => TimeSpan.FromSeconds(1);

    [Inject]
    private LogStore Logs { get; set; } = null!;

    [Inject]
    private TraceStore Traces { get; set; } = null!;

    [Inject]
    private MetricStore Metrics { get; set; } = null!;

    [Inject]
    private ConsoleStore Consoles { get; set; } = null!;

    [Inject]
    private ResourceBoard Board { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    private string ConsoleLink => $"console?q={Uri.EscapeDataString(Text ?? "")}";

    protected override void Compute()
    {
        _search = SearchText.Parse(Text);
        _words = [.. _search.Marked];
        if (_search.IsEmpty)
            return;
        _names = [.. Resources().Concat(Instruments())];
        (_logs, _logCount) = new LogQuery(null, LogSeverity.Trace, _search, []).Run(Logs.Snapshot(), Most);
        (_traces, _traceCount) = new TraceQuery(null, null, ErrorsOnly: false, TimeSpan.Zero, _search, []).Run(Traces.Snapshot(), Most);
        var lines = Array.FindAll(Consoles.Snapshot(null), line => _search.Matches(line, static (l, word) => l.Plain.Contains(word, StringComparison.OrdinalIgnoreCase)));
        _lineCount = lines.Length;
        _lines = lines.Length > Most ? lines[^Most..] : lines;
    }

    private IEnumerable<Hit> Resources() => Board.Instances.Select(static i => i.Resource).Distinct(StringComparer.Ordinal).Where(Matches).Select(static name => new Hit(PageLinks.Resource(name), name, "resource", IconName.Resources));

    private IEnumerable<Hit> Instruments() => Metrics.Instruments().Select(static row => row.Instrument).Where(instrument => Matches($"{instrument.Name} {instrument.Description} {instrument.Meter}"))
        .Select(static i => new Hit(PageLinks.Meters(i.Service, i.Meter, i.Name), i.Name, $"of {i.Service}. {i.Description}", IconName.Metrics));

    private bool Matches(string text) => _search.Matches(text, static (t, word) => t.Contains(word, StringComparison.OrdinalIgnoreCase));

    private void Show(string text) => Navigator.NavigateTo(Navigator.GetUriWithQueryParameter("q", text.Length == 0 ? null : text), replace: true);

    private sealed record Hit(string Link, string Text, string About, IconName Icon);
}
