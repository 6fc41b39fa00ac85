using HotShelf.CacheConsole.Telemetry;
using HotShelf.CacheConsole.Telemetry.Model;
using HotShelf.CacheConsole.Telemetry.Queries;
using HotShelf.CacheConsole.Telemetry.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace HotShelf.CacheConsole.Components.Pages.Observe;

/// <summary>The list of instruments, or one of them.</summary>
public sealed partial class MetersPage
{
    private IReadOnlyList<Source> _services = [];
    private IReadOnlyList<InstrumentRow> _instruments = [];
    private IReadOnlyList<string> _words = [];
    private StoreUse _use = new(0, 0, 0, 0, 0);
    private InstrumentKey? _name;
    private string? _service;
    private string? _about;

    /// <summary>A service.</summary>
    [SupplyParameterFromQuery(Name = "source")]
    public string? Source { get; set; }

    [SupplyParameterFromQuery(Name = "meter")]
    public string? Meter { get; set; }

    [SupplyParameterFromQuery(Name = "instrument")]
    public string? Instrument { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? Text { get; set; }

    protected override long Version => Metrics.Version;

    // Exporters report once a second at most.
    protected override TimeSpan Interval => TimeSpan.FromSeconds(1);

    [Inject]
    private MetricStore Metrics { get; set; } = null!;

    [Inject]
    private IOptions<TelemetryOptions> Options { get; set; } = null!;

    [Inject]
    private NavigationManager Navigator { get; set; } = null!;

    private int MostPoints => Options.Value.MaximumPoints;

    protected override void Compute()
    {
        _use = Metrics.Use;
        var all = Metrics.Instruments();
        _service = Source is { Length: > 0 } ? Source : null;
        _name = _service is not null && Instrument is { Length: > 0 } ? new InstrumentKey(_service, Meter ?? "", Instrument) : null;
        _about = Array.Find(all, row => row.Instrument.Key == _name).Instrument?.Description;
        var search = SearchText.Parse(Text);
        _words = [.. search.Marked];
        _services = [.. all.Select(static row => row.Instrument.Service).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(static name => new Source(name, null, []))];
        _instruments = [.. all.Where(row => _service is null || row.Instrument.Service == _service).Where(row => search.Matches(row.Instrument, Contains)).Select(static row => new InstrumentRow(row.Instrument, row.Series))];
    }

    internal static string KindName(InstrumentKind kind) => kind switch { InstrumentKind.UpDownCounter => "Up-down counter", _ => kind.ToString() };

    private void Set(string parameter, string? value) => Navigator.NavigateTo(Navigator.GetUriWithQueryParameter(parameter, string.IsNullOrEmpty(value) ? null : value), replace: true);

    private static bool Contains(Instrument instrument, string word) => instrument.Name.Contains(word, StringComparison.OrdinalIgnoreCase)
        || instrument.Meter.Contains(word, StringComparison.OrdinalIgnoreCase) || instrument.Description.Contains(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>A line of the list.</summary>
    public sealed record InstrumentRow(Instrument Instrument, int Series);
}
