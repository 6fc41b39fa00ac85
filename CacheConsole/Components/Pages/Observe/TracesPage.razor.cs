using System.Globalization;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>What is shown stands in the address, so that it can be sent to somebody.</summary>
public sealed partial class TracesPage
{
    private const int Page = 100;

    private static readonly (double Milliseconds, string Text)[] s_durations =
        [(0, "Any duration"), (1, "From 1 ms"), (10, "From 10 ms"), (100, "From 100 ms"), (500, "From 500 ms"), (1000, "From 1 s"), (5000, "From 5 s")];

    private TraceQuery _query = new(null, null, false, TimeSpan.Zero, SearchText.Empty, []);
    private IReadOnlyList<Source> _sources = [];
    private Trace[] _shown = [];
    private IReadOnlyList<string> _words = [];
    private StoreUse _use = new(0, 0, 0, 0, 0);
    private TimeSpan _longest;
    private int _count;
    private int _most = Page;

    [SupplyParameterFromQuery(Name = "source")]
    public string? Source { get; set; }

    [SupplyParameterFromQuery(Name = "type")]
    public string? Type { get; set; }

    /// <summary>Milliseconds.</summary>
    [SupplyParameterFromQuery(Name = "min")]
    public double? Least { get; set; }

    [SupplyParameterFromQuery(Name = "errors")]
    public bool ErrorsOnly { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "f")]
    public string[]? Filters { get; set; }

    protected override long Version => Traces.Version;

    // A list of traces changes less than a list of lines, and costs more to draw.
    protected override TimeSpan Interval => TimeSpan.FromMilliseconds(500);

    [Inject]
    private TraceStore Traces { get; set; } = null!;

    [Inject]
    private SourceTable Sources { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    protected override void Compute()
    {
        _query = new TraceQuery(Source is { Length: > 0 } ? Source : null, Enum.TryParse<SpanType>(Type, ignoreCase: true, out var type) && Enum.IsDefined(type) ? type : null, ErrorsOnly,
            Least is > 0 and < 1e9 ? TimeSpan.FromMilliseconds(Least.Value) : TimeSpan.Zero, SearchText.Parse(Text), FieldFilter.ParseAll(Filters));
        _words = [.. _query.Text.Marked];
        _sources = Sources.Snapshot();
        _use = Traces.Use;
        (_shown, _count) = _query.Run(Traces.Snapshot(), _most);
        _longest = _shown.Length == 0 ? TimeSpan.Zero : _shown.Max(static trace => trace.Duration);
    }

    // By the square root: one slow trace does not make all others invisible.
    private string Share(Trace trace) =>
        _longest <= TimeSpan.Zero ? "0%" : $"{(Math.Sqrt(trace.Duration / _longest) * 100).ToString("0.#", CultureInfo.InvariantCulture)}%";

    private void Set(string parameter, string? value)
    {
        _most = Page;
        Navigator.NavigateTo(Navigator.GetUriWithQueryParameter(parameter, string.IsNullOrEmpty(value) ? null : value), replace: true);
    }

    private void SetFilters(FieldFilter[] filters) =>
        Navigator.NavigateTo(Navigator.GetUriWithQueryParameters(new Dictionary<string, object?> { ["f"] = filters.Select(static f => f.ToString()).ToArray() }));

    private void Reset() => Navigator.NavigateTo("traces");

    private void ShowMore()
    {
        _most += Page;
        Look();
    }
}
