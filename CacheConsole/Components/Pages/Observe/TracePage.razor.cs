using System.Globalization;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>One trace as a waterfall, with the logs that were written in it.</summary>
public sealed partial class TracePage
{
    private const int MostLogs = 200;
    private const int MostMarks = 20;

    private static readonly double[] s_ticks = [0, 0.25, 0.5, 0.75, 1];

    private readonly HashSet<string> _collapsed = new(StringComparer.Ordinal);
    private Trace? _trace;
    private IReadOnlyList<WaterfallRow> _rows = [];
    private LogEntry[] _logs = [];
    private Span? _selected;
    private int _depth;

    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>The span that is shown whole.</summary>
    [SupplyParameterFromQuery(Name = "span")]
    public string? SpanId { get; set; }

    protected override long Version => Traces.Version + Logs.Version;

    protected override TimeSpan Interval => TimeSpan.FromMilliseconds(500);

    [Inject]
    private TraceStore Traces { get; set; } = null!;

    [Inject]
    private LogStore Logs { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    protected override void Compute()
    {
        // What is on the screen stays there when the store has dropped it.
        if (Traces.Find(Id) is { } found)
            _trace = found;
        else if (_trace?.Id != Id)
            _trace = null;
        _rows = _trace is null ? [] : Waterfall.Of(_trace, _collapsed);
        _depth = _rows.Count == 0 ? 0 : Math.Max(_depth, _rows.Max(static row => row.Depth));
        _selected = _trace is null || SpanId is null ? null : Array.Find(_trace.Spans, span => span.SpanId == SpanId);
        _logs = [.. Logs.Snapshot().Where(entry => entry.TraceId == Id).OrderBy(static entry => entry.Time)];
    }

    private string SpanLink(string? spanId) => Navigator.GetUriWithQueryParameter("span", spanId);

    private void Fold(string spanId)
    {
        if (!_collapsed.Remove(spanId))
            _collapsed.Add(spanId);
        Look();
    }

    // Logs and events at their moments; what lies outside of the trace by another machine's clock stands at its edge.
    private IEnumerable<(double At, string Css, string Text)> Marks(Span span)
    {
        var logs = _logs.Where(entry => entry.SpanId == span.SpanId).Select(entry => (At(entry.Time), entry.Severity >= LogSeverity.Error ? "bad" : "log", $"{entry.Severity}: {entry.Message}"));
        var events = span.Events.Select(e => (At(e.Time), e.Name == "exception" ? "bad" : "event", $"Event: {e.Name}"));
        return events.Concat(logs).Take(MostMarks);
    }

    private double At(DateTimeOffset time) => Math.Clamp((double)(time - _trace!.Start).Ticks / Math.Max(1, _trace.Duration.Ticks), 0, 1);

    private static string Percent(double share) => $"{(share * 100).ToString("0.###", CultureInfo.InvariantCulture)}%";
}
