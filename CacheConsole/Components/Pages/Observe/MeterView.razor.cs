using HotShelf.CacheConsole.Charts;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using HotShelf.CacheConsole.Viewing;
using Microsoft.AspNetCore.Components;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>One instrument as graph and table, by attributes. How it is looked at stands in the address.</summary>
public sealed partial class MeterView
{
    private const int ChartLines = 6;
    private const int MostValues = 200;

    // What is shown of a histogram: without a choice the usual three percentiles, or with a split the 99th.
    private static readonly (string? Name, string Title)[] s_shown = [(null, "Percentiles"), ("50", "p50"), ("90", "p90"), ("99", "p99"), ("rate", "Rate")];

    private static readonly double[] s_percentiles = [0.5, 0.9, 0.99];

    private MetricView? _view;
    private IReadOnlyList<MetricGroup> _groups = [];
    private ChartSeries[] _series = [];
    private string[] _splitBy = [];
    private MetricWindow _window = MetricWindow.All[0];
    private MetricUnit _unit = new(NumberUnit.Count, 1, "");
    private MetricUnit _valueUnit = new(NumberUnit.Count, 1, "");
    private NumberUnit _totalUnit;
    private DateTimeOffset _from;
    private DateTimeOffset _to;
    private string _title = "";

    [Parameter, EditorRequired]
    public InstrumentKey Key { get; set; }

    [SupplyParameterFromQuery(Name = "window")]
    public string? Window { get; set; }

    [SupplyParameterFromQuery(Name = "view")]
    public string? View { get; set; }

    [SupplyParameterFromQuery(Name = "show")]
    public string? Show { get; set; }

    [SupplyParameterFromQuery(Name = "by")]
    public string[]? By { get; set; }

    /// <summary>Attributes with a value each: <c>family=product</c>.</summary>
    [SupplyParameterFromQuery(Name = "f")]
    public string[]? Filters { get; set; }

    protected override long Version => Metrics.Version;

    protected override TimeSpan Interval => TimeSpan.FromSeconds(1);

    [Inject]
    private MetricStore Metrics { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    private bool IsTable => View == "table";

    private IEnumerable<Field> Chosen() => FieldFilter.ParseAll(Filters).Where(static f => f.Operator == "=").Select(static f => new Field(f.Name, f.Value));

    protected override void Compute()
    {
        _window = MetricWindow.Of(Window);
        (_from, _to) = _window.At(Time.GetUtcNow());
        _splitBy = By ?? [];
        if (Metrics.Find(Key, _from) is not { } history)
        {
            _view = null;
            return;
        }

        var isHistogram = history.Instrument.Kind == InstrumentKind.Histogram;
        var isRate = isHistogram ? Show == "rate" : history.Instrument.Kind == InstrumentKind.Counter;
        _valueUnit = MetricUnits.Of(history.Instrument, isRate: false);
        _unit = MetricUnits.Of(history.Instrument, isRate);
        _totalUnit = isHistogram ? NumberUnit.Count : _valueUnit.Unit;
        double? percentile = !isHistogram || isRate ? null : double.TryParse(Show, out var chosen) ? chosen / 100 : 0.99;
        _view = Run(history, percentile);
        // Three lines instead of one, as long as there is one line to take apart.
        _groups = isHistogram && Show is null && _splitBy.Length == 0
            ? [.. s_percentiles.SelectMany(share => Run(history, share).Groups.Select(group => group with { Name = $"p{share * 100:0}" }))]
            : _view.Groups;
        _series = [.. _groups.Take(ChartLines).Select((group, i) => new ChartSeries(group.Name.Length == 0 ? Total(history.Instrument) : group.Name, i + 1, [.. group.Steps.Select(step => new ChartPoint(step.Time, Scaled(step.Value)))]))];
        _title = isHistogram && percentile is { } share && Show is not null ? $"p{share * 100:0}" : isHistogram && _splitBy.Length > 0 && !isRate ? "p99" : Capital(_unit.Title);
    }

    private MetricView Run(InstrumentHistory history, double? percentile) => new MetricQuery(_from, _to, _window.Steps, _splitBy, [.. Chosen()], percentile).Run(history);

    private string? Chosen(string name) => Chosen().FirstOrDefault(field => field.Name == name).Value;

    private double? Scaled(double? value) => value * _unit.Factor;

    private double Total(MetricGroup group) => _totalUnit == NumberUnit.Count ? group.Total : group.Total * _valueUnit.Factor;

    private string Link(string parameter, string? value) => Navigator.GetUriWithQueryParameter(parameter, value);

    private void SplitBy(string name, bool isOn)
    {
        string[] by = [.. _splitBy.Where(other => other != name), .. isOn ? new[] { name } : []];
        Navigator.NavigateTo(Navigator.GetUriWithQueryParameters(new Dictionary<string, object?> { ["by"] = by }));
    }

    private void Filter(string name, string? value)
    {
        var filters = Chosen().Where(field => field.Name != name).ToList();
        if (!string.IsNullOrEmpty(value))
            filters.Add(new Field(name, value));
        Navigator.NavigateTo(Navigator.GetUriWithQueryParameters(new Dictionary<string, object?> { ["f"] = filters.Select(static f => $"{f.Name}={f.Value}").ToArray() }));
    }

    private static string Total(Instrument instrument) => instrument.Kind == InstrumentKind.Gauge ? "mean of all" : "all";

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
